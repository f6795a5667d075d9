"""Describes the estate to the Pulumi engine and has it carried out."""
