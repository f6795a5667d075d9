module tricenter.invalid/toolchain/pulumi_kubernetes/borrowed

go 1.25.0

require github.com/pulumi/pulumi-kubernetes/sdk/v4 v4.22.2
