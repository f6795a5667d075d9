module github.com/pulumi/pulumi-kubernetes/sdk/v4

go 1.25.0

require (
	github.com/blang/semver v3.5.1+incompatible
	github.com/pkg/errors v0.9.1
	github.com/pulumi/pulumi/sdk/v3 v3.215.0
)
