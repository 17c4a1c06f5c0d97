# SPDX-FileCopyrightText: 2026 The xnorflow authors
# SPDX-License-Identifier: Apache-2.0
"""Fill in the templates of a package; a value that is missing is an error."""

from __future__ import annotations

__all__ = ["render"]


def render(package: str, template: str, *, indented: bool = False, **values: object) -> str:
    """The text of ``templates/<template>`` in a package.

    Args:
        package: which has the folder.
        template: name of the file there.
        indented: whether blanks in front of a statement are left out.
        values: what the template names.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader(package),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=indented,
        keep_trailing_newline=True,
        autoescape=False,
    )
    return environment.get_template(template).render(values)
