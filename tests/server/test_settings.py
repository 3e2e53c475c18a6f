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


def test_a_section_is_joined_name_by_name(tmp_path):
    file = tmp_path / "uas.yaml"
    file.write_text("engine: vllm\nvllm:\n  dtype: float16\n  max_num_seqs: 2\n  lora_rank: 8\n")
    settings = Settings.load(
        {"vllm_max_num_seqs": "4", "vllm_lora": None},
        {"UAS_VLLM_MAX_NUM_SEQS": "3", "UAS_VLLM_TENSOR_PARALLEL": "2"},
        file,
    )
    assert settings.engine == "vllm"
    vllm = settings.vllm
    assert (vllm.dtype, vllm.max_num_seqs, vllm.tensor_parallel, vllm.lora_rank) == (
        "float16",
        4,
        2,
        8,
    )


def test_a_wrong_setting_of_a_section_is_named():
    with pytest.raises(SettingsError, match=r"unknown key 'max_seqs' at vllm.max_seqs: did you"):
        Settings.load({}, {"UAS_VLLM_MAX_SEQS": "3"})
    with pytest.raises(SettingsError, match=r"vllm.max_num_seqs: .*not '0'"):
        Settings.load({"vllm_max_num_seqs": "0"}, {})


def test_a_section_that_is_no_mapping_is_refused(tmp_path):
    file = tmp_path / "uas.yaml"
    file.write_text("vllm: 3\n")
    with pytest.raises(SettingsError, match=r"vllm: .*not 3"):
        Settings.load({}, {}, file)


def test_every_setting_has_a_flat_name_of_its_own():
    flat = Settings.flat_fields()
    assert "vllm" not in flat
    assert "vllm_max_model_len" in flat
    assert all(field.description for field in flat.values())
