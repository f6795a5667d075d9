"""Carries out wishes on AWS-compatible clouds through boto3: one module a noun."""
