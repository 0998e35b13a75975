"""Running what was generated, in the sandbox, and comparing sizes and counts with the flow's own."""

from extraction.proof.agree import TOLERANCE, Agreement, agree
from extraction.proof.prove import prove
from extraction.proof.verify import DEFAULT_LIMITS, Proof, verify

__all__ = ["DEFAULT_LIMITS", "TOLERANCE", "Agreement", "Proof", "agree", "prove", "verify"]
