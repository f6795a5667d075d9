"""Says what a router changes for a network that moves; writes that and its way back for several makers."""
