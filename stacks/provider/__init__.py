"""Serves the native provider `pulumi-resource-tricenter` over the drivers of cmp.clouds."""
