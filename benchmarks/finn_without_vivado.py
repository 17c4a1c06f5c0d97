# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Run a build script with FINN+ on a machine without Vivado, as far as FINN's estimates.

    ENVIRONMENT/bin/python benchmarks/finn_without_vivado.py BUILD.py WORK

FINN+ loads a module compiled against Vivado's simulator (xsi) when its build steps are imported,
and asks for Vivado's folder when it writes its reports. Estimates need neither: an empty module
and a name stand in for them. WORK is where FINN+ puts its temporary files.
"""

from __future__ import annotations

import os
import runpy
import sys
from pathlib import Path
from types import ModuleType

_XSI_NAMES = (
    *("SimEngine", "close_rtlsim", "compile_sim_obj", "get_simkernel_so"),
    *("load_sim_obj", "locate_glbl", "reset_rtlsim", "rtlsim_multi_io"),
)


def main() -> None:
    """Put the stand-ins in place and run the script."""
    script, work = (Path(argument).resolve() for argument in sys.argv[1:3])
    work.mkdir(parents=True, exist_ok=True)
    os.environ["FINN_BUILD_DIR"] = str(work)
    os.environ["XILINX_VIVADO"] = "/no/Vivado/2024.2"
    stand_in = ModuleType("finn.xsi")
    for name in _XSI_NAMES:
        setattr(stand_in, name, type(name, (), {}))
    sys.modules["finn.xsi"] = stand_in
    sys.path[0] = str(script.parent)
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
