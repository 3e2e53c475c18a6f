"""Back ends come from flags, variables and files; their keys never from a setting."""

import pytest

from uas_server.engine.remote.keys import KeyMissing, keys_of
from uas_server.remote_settings import RemoteSettings
from uas_server.settings import Settings, SettingsError


def test_a_list_of_urls_is_enough():
    settings = Settings.load(
        {"engine": "remote"}, {"UAS_REMOTE_BACKENDS": "http://a:1/v1/, https://b/v1"}
    )
    assert [b.url for b in settings.remote.backends] == ["http://a:1/v1", "https://b/v1"]
    assert settings.remote.kind == "vllm"


def test_in_a_file_each_may_have_settings_of_its_own(tmp_path):
    file = tmp_path / "uas.yaml"
    file.write_text(
        "engine: remote\nremote:\n  requests: 4\n  backends:\n"
        "    - {url: 'http://a/v1'}\n    - {url: 'http://b/v1', kind: sglang, requests: 32}\n"
    )
    first, second = Settings.load({}, {}, file).remote.backends
    assert (first.kind, second.kind, second.requests) == (None, "sglang", 32)


def test_the_remote_engine_needs_a_back_end():
    with pytest.raises(SettingsError, match="set remote_backends"):
        Settings.load({"engine": "remote"}, {})


@pytest.mark.parametrize(
    "url", ["ftp://a/v1", "a:8000", "http://u:canary@a/v1", "http://a?k=canary"]
)
def test_a_url_that_does_not_fit_is_refused_and_not_shown(url):
    with pytest.raises(SettingsError, match=r"remote\.backends\.0\.url: ") as refused:
        Settings.load({"remote_backends": url}, {})
    assert "canary" not in str(refused.value)


def test_a_key_in_the_settings_is_no_setting():
    with pytest.raises(SettingsError, match="unknown key 'api_key'"):
        Settings.load({"remote_api_key": "x"}, {})


def test_keys_come_from_variables_and_files(tmp_path):
    file = tmp_path / "key"
    file.write_text("from-file\n")
    settings = RemoteSettings.model_validate(
        {
            "key_env": "ALL_OF_THEM",
            "backends": [{"url": "http://a"}, {"url": "http://b", "key_file": file}],
        }
    )
    assert keys_of(settings, {"ALL_OF_THEM": "from-variable"}) == {
        0: "from-variable",
        1: "from-file",
    }
    assert keys_of(RemoteSettings.model_validate({"backends": "http://a"}), {}) == {}


@pytest.mark.parametrize("value", ["", "two words", "line\nline", "\x01", "ключ"])
def test_a_key_that_cannot_be_sent_is_refused_and_not_shown(value):
    settings = RemoteSettings.model_validate({"key_env": "KEY", "backends": "http://a"})
    with pytest.raises(KeyMissing, match="the variable KEY holds no key") as refused:
        keys_of(settings, {"KEY": value})
    assert not value or value not in str(refused.value)
