"""Settings come from flags, environment and file in that order; what is wrong is named."""

import pytest

from uas_server.settings import Settings, SettingsError


def test_flags_go_before_environment_before_file_before_defaults(tmp_path):
    file = tmp_path / "uas.yaml"
    file.write_text("queue: 1\nport: 1\nhost: localhost\n")
    settings = Settings.load({"queue": "3"}, {"UAS_QUEUE": "2", "UAS_PORT": "2"}, file)
    assert (settings.queue, settings.port, settings.host) == (3, 2, "localhost")
    assert settings.body_s == 60.0


def test_an_unknown_variable_names_the_nearest_setting():
    with pytest.raises(SettingsError, match=r"unknown key 'quue'.*did you mean 'queue'"):
        Settings.load({}, {"UAS_QUUE": "2"})


def test_variables_of_other_parts_of_the_product_are_left_alone():
    assert Settings.load({}, {"UAS_CACHE": "/x", "UAS_PROVE": "1"}) == Settings()


def test_a_value_that_does_not_fit_is_named():
    with pytest.raises(SettingsError, match=r"port: .* 65535, not '70000'"):
        Settings.load({"port": "70000"}, {})


@pytest.mark.parametrize("text", ["- a\n- b\n", "a: [", "\x00"])
def test_a_file_that_is_no_mapping_is_refused(tmp_path, text):
    file = tmp_path / "uas.yaml"
    file.write_text(text)
    with pytest.raises(SettingsError, match="settings file"):
        Settings.load({}, {}, file)


def test_keys_come_from_a_variable_and_never_show():
    settings = Settings.load({}, {"UAS_API_KEYS": "first, second"})
    assert [key.get_secret_value() for key in settings.api_keys] == ["first", "second"]
    assert "first" not in repr(settings)


@pytest.mark.parametrize("keys", [{"a": "secret"}, "ok, ,", 7])
def test_a_wrong_list_of_keys_is_refused_without_showing_it(keys):
    try:
        Settings.load({"api_keys": keys}, {})
    except SettingsError as error:
        assert "secret" not in str(error)  # noqa: PT017 - one of the three is in order


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_loopback_needs_no_key(host):
    Settings(host=host).check_exposure()


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.4", "example.org"])  # noqa: S104
def test_elsewhere_a_key_is_needed(host):
    with pytest.raises(SettingsError, match=rf"host {host} can be reached.*UAS_API_KEYS"):
        Settings(host=host).check_exposure()
    Settings(host=host, api_keys="k").check_exposure()
    Settings(host=host, keys_file="keys.yaml").check_exposure()


def test_the_defaults_are_the_documented_ones():
    settings = Settings()
    assert settings.upload_bytes == 25 * 1024 * 1024
    assert (settings.audio_s, settings.queue, settings.question_chars) == (600, 32, 4096)
    assert (settings.header_s, settings.body_s, settings.request_s) == (10, 60, 120)
    assert (settings.schema_bytes, settings.schema_depth, settings.schemas_cached) == (16384, 8, 64)
