# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Block RAMs and multipliers of both families as their makers describe them, to run netlists with.

7 Series memory resources (UG473), ECP5 memory usage guide (FPGA-TN-02204), ECP5 DSP guide
(FPGA-TN-02205). A mode that no netlist of ours uses ends the simulation, so that none goes unseen.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = ["ecp5_cells", "xc7_cells"]


def _inits(prefix: str, count: int, bits: int) -> str:
    return "".join(f"  parameter {prefix}_{n:02X} = {bits}'h0,\n" for n in range(count))


def _all(prefix: str, count: int) -> str:
    """The contents that parameters give, lowest in the low bits."""
    return "{" + ", ".join(f"{prefix}_{n:02X}" for n in reversed(range(count))) + "}"


def _xc7_ram(name: str, address: int, half: int) -> str:
    """A RAMB18E1 or RAMB36E1: data and parity bits apart; a port of 9 bits has one of parity."""
    data, parity = 1 << address, 1 << address - 3
    bytes_, words = half // 8, data // 32
    top = address - 1 if half == 16 else address
    return f"""
module {name} #(
{_inits("INIT", data // 256, 256)}{_inits("INITP", parity // 256, 256)}\
  parameter integer DOA_REG = 0, parameter integer DOB_REG = 0,
  parameter RAM_MODE = "TDP",
  parameter RAM_EXTENSION_A = "NONE", parameter RAM_EXTENSION_B = "NONE",
  parameter WRITE_MODE_A = "READ_FIRST", parameter WRITE_MODE_B = "READ_FIRST",
  parameter integer READ_WIDTH_A = 0, parameter integer READ_WIDTH_B = 0,
  parameter integer WRITE_WIDTH_A = 0, parameter integer WRITE_WIDTH_B = 0,
  parameter INIT_A = 0, parameter INIT_B = 0, parameter SRVAL_A = 0, parameter SRVAL_B = 0
) (
  input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
  input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
  input [{top}:0] ADDRARDADDR, ADDRBWRADDR,
  input [{half - 1}:0] DIADI, DIBDI, input [{bytes_ - 1}:0] DIPADIP, DIPBDIP,
  input [{bytes_ - 1}:0] WEA, input [{2 * bytes_ - 1}:0] WEBWE,
  output logic [{half - 1}:0] DOADO, DOBDO, output logic [{bytes_ - 1}:0] DOPADOP, DOPBDOP
);
  localparam bit [{data - 1}:0] DATA = {_all("INIT", data // 256)};
  localparam bit [{parity - 1}:0] PARITY = {_all("INITP", parity // 256)};
  bit [31:0] data[{words}];
  bit [3:0] parity[{words}];
  initial begin
    for (int w = 0; w < {words}; w++) begin
      data[w] = DATA[32*w+:32];
      parity[w] = PARITY[4*w+:4];
    end
    if (DOA_REG != 0 || DOB_REG != 0 || RAM_EXTENSION_A != "NONE" || RAM_EXTENSION_B != "NONE")
      $fatal(1, "{name}: a mode that no test knows");
    if (READ_WIDTH_A != 0 && WRITE_WIDTH_A != 0 && WRITE_MODE_A != "READ_FIRST")
      $fatal(1, "{name}: a port that reads what it writes");
    if (READ_WIDTH_B != 0 && WRITE_WIDTH_B != 0 && WRITE_MODE_B != "READ_FIRST")
      $fatal(1, "{name}: a port that reads what it writes");
    if (READ_WIDTH_B > {half + bytes_} || WRITE_WIDTH_A > {half + bytes_})
      $fatal(1, "{name}: a width that this port does not have");
  end

  // Bits of data of a port, and the place of its first one.
  function automatic int wide(int width);
    return width >= 9 ? width / 9 * 8 : width;
  endfunction
  function automatic int place(int address, int width);
    return width == 0 ? 0 : address % {data} / wide(width) * wide(width);
  endfunction
  // Which bits are written, of data and of parity.
  function automatic bit [63:0] mask(int width, bit [7:0] enabled);
    mask = '0;
    for (int i = 0; i < wide(width); i++) mask[i] = enabled[i/8];
  endfunction

  localparam bit DOUBLE_READ = READ_WIDTH_A > {half + bytes_};
  localparam bit DOUBLE_WRITE = WRITE_WIDTH_B > {half + bytes_};
  bit [63:0] seen_a, write_b, mask_a, mask_b;
  bit [7:0] parity_a, parity_b;
  int at_a, at_b, to_a, to_b;
  always_comb begin
    at_a = place(32'(ADDRARDADDR), READ_WIDTH_A);
    at_b = place(32'(ADDRBWRADDR), READ_WIDTH_B);
    to_a = place(32'(ADDRARDADDR), WRITE_WIDTH_A);
    to_b = place(32'(ADDRBWRADDR), WRITE_WIDTH_B);
    seen_a = {{data[(at_a/32+1)%{words}], data[at_a/32]}} >> (at_a % 32);
    parity_a = {{parity[(at_a/32+1)%{words}], parity[at_a/32]}} >> (at_a % 32 / 8);
    write_b = DOUBLE_WRITE ? 64'({{DIBDI, DIADI}}) : 64'(DIBDI);
    parity_b = DOUBLE_WRITE ? 8'({{DIPBDIP, DIPADIP}}) : 8'(DIPBDIP);
    mask_a = mask(WRITE_WIDTH_A, 8'(WEA));
    mask_b = mask(WRITE_WIDTH_B, 8'(WEBWE));
  end

  always @(posedge CLKARDCLK) begin
    if (ENARDEN && RSTRAMARSTRAM) begin
      {{DOPADOP, DOADO}} <= {half + bytes_}'(SRVAL_A);
      if (DOUBLE_READ) {{DOPBDOP, DOBDO}} <= {half + bytes_}'(SRVAL_B);
    end else if (ENARDEN && READ_WIDTH_A != 0) begin
      DOADO <= seen_a[{half - 1}:0];
      DOPADOP <= parity_a[{bytes_ - 1}:0];
      if (DOUBLE_READ) begin
        DOBDO <= seen_a[{2 * half - 1}:{half}];
        DOPBDOP <= parity_a[{2 * bytes_ - 1}:{bytes_}];
      end
    end
    if (ENARDEN && WRITE_WIDTH_A != 0) begin
      data[to_a/32] <= (data[to_a/32] & ~32'(mask_a << to_a % 32))
                       | 32'((64'(DIADI) & mask_a) << to_a % 32);
      for (int i = 0; WRITE_WIDTH_A >= 9 && i < WRITE_WIDTH_A / 9; i++)
        if (WEA[i]) parity[to_a/32][to_a%32/8+i] <= DIPADIP[i];
    end
  end

  always @(posedge CLKBWRCLK) begin
    if (ENBWREN && RSTRAMB) {{DOPBDOP, DOBDO}} <= {half + bytes_}'(SRVAL_B);
    else if (ENBWREN && READ_WIDTH_B != 0) begin
      DOBDO <= {half}'(data[at_b/32] >> (at_b % 32));
      DOPBDOP <= {bytes_}'(parity[at_b/32] >> (at_b % 32 / 8));
    end
    if (ENBWREN && WRITE_WIDTH_B != 0) begin
      data[to_b/32] <= (data[to_b/32] & ~32'(mask_b << to_b % 32))
                       | 32'((write_b & mask_b) << to_b % 32);
      if (wide(WRITE_WIDTH_B) == 64)
        data[to_b/32+1] <= (data[to_b/32+1] & ~mask_b[63:32]) | (write_b[63:32] & mask_b[63:32]);
      for (int i = 0; WRITE_WIDTH_B >= 9 && i < WRITE_WIDTH_B / 9; i++)
        if (WEBWE[i]) parity[(to_b/8+i)/4][(to_b/8+i)%4] <= parity_b[i];
    end
  end
endmodule
"""


def xc7_cells() -> str:
    """RAMB18E1 and RAMB36E1; the other cells are Yosys's own."""
    return _xc7_ram("RAMB18E1", 14, 16) + _xc7_ram("RAMB36E1", 15, 32)


def _pins(name: str, count: int) -> str:
    return ", ".join(f"{name}{n}" for n in reversed(range(count)))


def _ecp5_port(letter: str) -> str:
    """What one port of a DP16KD does: all of a word's bits stand together, parity included."""
    width, mode = f"DATA_WIDTH_{letter}", f"WRITEMODE_{letter}"
    return f"""
  int at_{letter};
  bit [35:0] seen_{letter}, mask_{letter}, put_{letter};
  always_comb begin
    at_{letter} = place(32'(ad_{letter}), {width});
    seen_{letter} = {{words[(at_{letter}/18+1)%1024], words[at_{letter}/18]}} >> (at_{letter} % 18);
    put_{letter} = {width} == 36 ? {{di_B, di_A}} : {{18'd0, di_{letter}}};
    mask_{letter} = '0;
    for (int i = 0; i < {width}; i++)
      mask_{letter}[i] = {width} < 18 || ad_{letter}[i/9];
  end
  always @(posedge CLK{letter}) begin
    if (CS{letter}0 || CS{letter}1 || CS{letter}2) $fatal(1, "DP16KD: not selected");
    if (RST{letter} && RESETMODE != "SYNC") $fatal(1, "DP16KD: a reset of another kind");
    if (RST{letter}) begin
      if ({width} == 36) {{do_B, do_A}} <= '0;
      else do_{letter} <= '0;
    end else if (CE{letter}) begin
      if ({mode} == "READBEFOREWRITE" || !WE{letter}) begin
        if ({width} == 36) {{do_B, do_A}} <= seen_{letter};
        else do_{letter} <= seen_{letter}[17:0];
      end else if ({mode} != "NORMAL") $fatal(1, "DP16KD: write mode");
      if (WE{letter}) begin
        words[at_{letter}/18] <= (words[at_{letter}/18] & ~18'(mask_{letter} << at_{letter} % 18))
                                 | 18'((put_{letter} & mask_{letter}) << at_{letter} % 18);
        if ({width} == 36)
          words[at_{letter}/18+1] <= (words[at_{letter}/18+1] & ~mask_{letter}[35:18])
                                     | (put_{letter}[35:18] & mask_{letter}[35:18]);
      end
    end
  end
"""


def _ecp5_ports() -> Iterable[str]:
    for x in "AB":
        yield f"input {_pins(f'DI{x}', 18)}, {_pins(f'AD{x}', 14)}"
        yield f"input CE{x}, OCE{x}, CLK{x}, WE{x}, RST{x}, CS{x}2, CS{x}1, CS{x}0"
        yield f"output {_pins(f'DO{x}', 18)}"


def _dp16kd() -> str:
    vectors = "".join(
        f"  wire [17:0] di_{x};\n  wire [13:0] ad_{x};\n  logic [17:0] do_{x};\n"
        f"  assign di_{x} = {{{_pins(f'DI{x}', 18)}}};\n"
        f"  assign ad_{x} = {{{_pins(f'AD{x}', 14)}}};\n"
        f"  assign {{{_pins(f'DO{x}', 18)}}} = do_{x};\n"
        for x in "AB"
    )
    return f"""
module DP16KD #(
{_inits("INITVAL", 64, 320)}\
  parameter integer DATA_WIDTH_A = 18, parameter integer DATA_WIDTH_B = 18,
  parameter REGMODE_A = "NOREG", parameter REGMODE_B = "NOREG", parameter RESETMODE = "SYNC",
  parameter ASYNC_RESET_RELEASE = "SYNC", parameter GSR = "AUTO",
  parameter CSDECODE_A = "0b000", parameter CSDECODE_B = "0b000",
  parameter WRITEMODE_A = "NORMAL", parameter WRITEMODE_B = "NORMAL",
  parameter CLKAMUX = "CLKA", parameter CLKBMUX = "CLKB"
) (
  {(", " + chr(10) + "  ").join(_ecp5_ports())}
);
  localparam bit [20479:0] ALL = {_all("INITVAL", 64)};
  bit [17:0] words[1024];
{vectors}
  initial begin
    for (int w = 0; w < 1024; w++) words[w] = ALL[20*w+:18];
    if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG" || CLKAMUX == "INV" || CLKBMUX == "INV")
      $fatal(1, "DP16KD: a mode that no test knows");
  end

  // Addresses count 8 bits a byte; ports of 1 to 4 bits leave out the ninth that each has.
  function automatic int place(int address, int width);
    automatic int wide = width >= 9 ? width / 9 * 8 : width;
    automatic int first = address / wide * wide;
    return first / 8 * 9 + first % 8;
  endfunction
{_ecp5_port("A")}{_ecp5_port("B")}
endmodule
"""


def _mult18x18d() -> str:
    return f"""
module MULT18X18D (
  input {_pins("A", 18)}, {_pins("B", 18)}, {_pins("C", 18)},
  input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
  output {_pins("P", 36)}
);
  logic signed [18:0] a, b;
  logic signed [37:0] product;
  logic unused;
  assign a = {{SIGNEDA & A17, {_pins("A", 18)}}};
  assign b = {{SIGNEDB & B17, {_pins("B", 18)}}};
  assign product = a * b;
  assign {{{_pins("P", 36)}}} = product[35:0];
  always_comb if (SOURCEA || SOURCEB) $fatal(1, "MULT18X18D: a mode that no test knows");
endmodule
"""


def ecp5_cells() -> str:
    """DP16KD and MULT18X18D; the other cells are Yosys's own."""
    return _dp16kd() + _mult18x18d()
