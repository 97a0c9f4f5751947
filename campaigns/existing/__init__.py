"""Proof of `ltogen configure --from` on builds of public projects."""
