"""An AWS cloud becomes a profile, and every instruction set of its pools a stand-in image."""

import configparser

import pytest
from support.builders import a_chip, a_cloud, a_pool, an_estate

from cmp.errors import Invalid
from cmp.model.estate import Cloud, CloudBinding, CloudKind, Estate, Isa
from lab.aws.seed import Keys, config_file, credentials_file
from lab.aws.spec import ProfileSpec, images, isas, profiles

LOONGSON = a_chip("loongson-3c6000", isa=Isa.LOONG64)


def an_aws_cloud(name: str = "gy-c-pub", profile: str | None = "gy-c-pub") -> Cloud:
    binding = CloudBinding(profile=profile, region="cn-northwest-1")
    return a_cloud(name, kind=CloudKind.AWS, binding=binding, center="gy-c")


def an_aws_estate(cloud: Cloud, chip: str = "hygon-7390") -> Estate:
    pool = a_pool("gy-c-pool", cloud=cloud.id, chip=chip)
    return an_estate(chips=(a_chip(), LOONGSON), clouds=(a_cloud("bj-a-gov"), cloud), pools=(a_pool(), pool))


def test_a_profile_has_the_bindings_name_and_region() -> None:
    estate = an_aws_estate(an_aws_cloud())

    assert profiles(estate) == (ProfileSpec("gy-c-pub", "cn-northwest-1", "gy-c-pub"),)


def test_a_cloud_without_a_profile_is_refused() -> None:
    with pytest.raises(Invalid, match="cloud gy-c-pub is bound to no profile"):
        profiles(an_aws_estate(an_aws_cloud(profile=None)))


def test_an_instruction_set_that_no_such_cloud_offers_is_refused() -> None:
    with pytest.raises(Invalid, match="pool gy-c-pool is loong64"):
        isas(an_aws_estate(an_aws_cloud(), chip=LOONGSON.id))


def test_only_the_aws_pools_count() -> None:
    assert isas(an_aws_estate(an_aws_cloud())) == (Isa.AMD64,)


def test_stand_in_images_are_tagged_and_keep_their_ids() -> None:
    (amd64, arm64) = images((Isa.AMD64, Isa.ARM64))

    assert amd64["tags"] == {"tricenter:stand-in": "yes", "tricenter:isa": "amd64"}
    assert (amd64["architecture"], arm64["architecture"]) == ("x86_64", "arm64")
    assert amd64["ami_id"] != arm64["ami_id"]
    assert images((Isa.AMD64,)) == [amd64]


def test_the_two_files_are_those_of_ordinary_clients() -> None:
    spec = ProfileSpec("gy-c-pub", "cn-northwest-1", "gy-c-pub")
    settings, secrets = configparser.ConfigParser(), configparser.ConfigParser()

    settings.read_string(config_file("http://127.0.0.1:15001", (spec,)))
    secrets.read_string(credentials_file({"gy-c-pub": Keys("AKIA", "s%cret")}).replace("%", "%%"))

    assert settings["profile gy-c-pub"]["region"] == "cn-northwest-1"
    assert settings["profile gy-c-pub"]["endpoint_url"] == "http://127.0.0.1:15001"
    assert secrets["gy-c-pub"]["aws_secret_access_key"] == "s%cret"  # noqa: S105 - a made-up one
