"""The verify stage: builds an sdist twice in different surroundings, compares the wheels, and explains differences.

`verify_sdist` → `Verdict` → `render.verdict_text`, `page.verdict_page` or `Verdict.as_dict`. Manual: docs/verify.md.
"""

from __future__ import annotations

from reprowheel.verify.perturb import PERTURBATIONS, Perturbation, perturbation_table
from reprowheel.verify.stage import VerifyOptions, verify_sdist
from reprowheel.verify.verdict import Tried, Verdict

__all__ = ["PERTURBATIONS", "Perturbation", "Tried", "Verdict", "VerifyOptions", "perturbation_table", "verify_sdist"]
