"""An image is the owner's own or the operators'; of several that answer to a name none is taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from moto import mock_aws
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import Ami

from cmp.clouds.aws import images as aws
from cmp.clouds.aws.api import Api as AwsApi
from cmp.clouds.binding import Binding
from cmp.clouds.openstack import images as openstack
from cmp.clouds.openstack.api import Api as OpenStackApi
from cmp.errors import Invalid, Refused
from cmp.model.estate import CloudKind

US, OPERATORS, STRANGERS = "project-of-ours", "admin", "project-of-strangers"


def an_image(ref: str, owner: str = US, visibility: str = "private", **changes: Any) -> SimpleNamespace:
    usual = {"name": "web:2.4", "hw_architecture": "x86_64", "properties": {}, "created_at": ref} | {
        "hash_algo": "sha512",
        "hash_value": f"digest-of-{ref}",
    }
    return SimpleNamespace(id=ref, owner=owner, visibility=visibility, **usual | changes)


def a_glance(*images: SimpleNamespace) -> OpenStackApi:
    service = SimpleNamespace(image=SimpleNamespace(images=lambda **_: iter(images)), current_project_id=US)
    twin = SimpleNamespace(
        cloud="bj-a",
        project=US,
        ask=lambda _asked, action: action(service),
        recall=lambda _question, read: read(),
    )
    return cast("OpenStackApi", twin)


def found(glance: OpenStackApi, reference: str = "web:2.4", isa: str = "amd64") -> tuple[str, bool]:
    image = openstack.find_image(glance, reference, isa)
    return image.id, image.stand_in


OWN = an_image("1-own")
PUBLIC = an_image("9-public", OPERATORS, "public")
COMMUNITY = an_image("8-community", STRANGERS, "community")
STAND_IN = an_image(
    "5-stand-in",
    OPERATORS,
    "public",
    name="base",
    properties={"tricenter_stand_in": "yes", "tricenter_isa": "amd64"},
)


def test_the_projects_own_image_goes_before_a_newer_public_one() -> None:
    assert found(a_glance(PUBLIC, COMMUNITY, OWN, STAND_IN)) == ("1-own", False)


def test_what_operators_publish_is_taken_where_the_project_has_none() -> None:
    assert found(a_glance(PUBLIC, COMMUNITY, STAND_IN)) == ("9-public", False)


def test_what_the_project_accepted_from_another_is_taken() -> None:
    assert found(a_glance(an_image("7-shared", STRANGERS, "shared"))) == ("7-shared", False)


def test_what_anybody_can_put_there_is_not_taken_by_its_name() -> None:
    assert found(a_glance(COMMUNITY, STAND_IN)) == ("5-stand-in", True)
    with pytest.raises(Invalid, match=r"no image web:2\.4"):
        found(a_glance(COMMUNITY))


@pytest.mark.parametrize(
    "several",
    [
        (an_image("1"), an_image("2")),
        (an_image("1", OPERATORS, "public"), an_image("2", OPERATORS, "public")),
        (an_image("1", OPERATORS, "public"), an_image("2", STRANGERS, "shared")),
    ],
)
def test_of_several_of_one_name_none_is_taken(several: tuple[SimpleNamespace, ...]) -> None:
    with pytest.raises(
        Refused, match=r"2 images answer to web:2\.4: 1 \(owner .*\), 2 \(owner .*\)"
    ) as refusal:
        found(a_glance(*reversed(several), STAND_IN))

    assert "id" in refusal.value.hint


def test_one_name_for_two_instruction_sets_is_no_doubt() -> None:
    arm = an_image("2", hw_architecture="aarch64")

    assert found(a_glance(OWN, arm), isa="arm64") == ("2", False)
    assert found(a_glance(OWN, arm), isa="amd64") == ("1-own", False)


def test_two_stand_ins_are_a_doubt_too() -> None:
    other = SimpleNamespace(**vars(STAND_IN) | {"id": "6-stand-in"})

    with pytest.raises(Refused, match="stand-in for amd64: 5-stand-in"):
        found(a_glance(STAND_IN, other))


def test_an_id_says_which_of_several_is_meant() -> None:
    assert found(a_glance(an_image("1"), an_image("2"), COMMUNITY), "2") == ("2", False)
    assert found(a_glance(OWN, COMMUNITY), "8-community") == ("8-community", False)


def test_a_digest_says_which_content_is_meant() -> None:
    glance = a_glance(an_image("1"), an_image("2"), STAND_IN)

    assert found(glance, "web:2.4@sha512:digest-of-2") == ("2", False)
    assert found(glance, "web:2.4@sha512:another") == ("5-stand-in", True)
    assert found(glance, "web:2.4@sha256:digest-of-2") == ("5-stand-in", True)


@pytest.fixture
def ec2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AwsApi]:
    """An account's EC2 without an image of any name."""
    (tmp_path / "config").write_text("[profile gy-c]\nregion = us-east-1\n")
    (tmp_path / "keys").write_text("[gy-c]\naws_access_key_id = a\naws_secret_access_key = b\n")
    files = {"config_file": str(tmp_path / "config"), "credentials_file": str(tmp_path / "keys")}
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield AwsApi(Binding("gy-c", CloudKind.AWS, profile="gy-c", **files))


def register(ref: str, name: str, owner: str = "123456789012", **tags: str) -> None:
    backend = ec2_backends["123456789012"]["us-east-1"]
    known = {key.replace("_", "-"): value for key, value in tags.items()}
    made = Ami(
        backend,
        ref,
        name=name,
        owner_id=owner,
        architecture="x86_64",
        public=True,
        virtualization_type="hvm",
        hypervisor="xen",
        root_device_type="ebs",
        image_location=f"any/{name}",
        owner_alias="amazon" if owner == "137112412989" else None,
    )
    made.add_tags({f"tricenter:{key}": value for key, value in known.items()})
    backend.amis[ref] = made


def launched(api: AwsApi, reference: str = "web:2.4") -> tuple[str, bool]:
    image = aws.find_image(api, reference, "amd64")
    return image.id, image.stand_in


def test_the_accounts_own_image_goes_before_everybodys(ec2: AwsApi) -> None:
    register("ami-00000009", "web:2.4", owner="999988887777")
    register("ami-00000001", "web:2.4")

    assert launched(ec2) == ("ami-00000001", False)


def test_what_another_account_made_public_is_taken_by_its_id_alone(ec2: AwsApi) -> None:
    register("ami-00000009", "web:2.4", owner="999988887777", image="web:2.4")

    assert launched(ec2, "ami-00000009") == ("ami-00000009", False)
    with pytest.raises(Invalid, match=r"of other accounts: ami-00000009 \(owner 999988887777\)"):
        launched(ec2)


def test_another_accounts_stand_in_is_none(ec2: AwsApi) -> None:
    register("ami-00000009", "base", owner="999988887777", stand_in="yes")

    with pytest.raises(Invalid, match="no stand-in"):
        launched(ec2)


def test_the_providers_image_is_taken_by_name(ec2: AwsApi) -> None:
    register("ami-00000003", "web:2.4", owner="137112412989")

    assert launched(ec2) == ("ami-00000003", False)


@pytest.mark.parametrize("by", ["name", "tag", "stand-in"])
def test_of_several_of_the_account_none_is_taken(ec2: AwsApi, by: str) -> None:
    tags = {"name": {}, "tag": {"image": "web:2.4"}, "stand-in": {"stand_in": "yes"}}[by]
    for ref in ("ami-00000001", "ami-00000002"):
        register(ref, "web:2.4" if by == "name" else ref, **tags)

    with pytest.raises(Refused, match="ami-00000001.*ami-00000002.*none was taken") as refusal:
        launched(ec2)

    assert "id" in refusal.value.hint
