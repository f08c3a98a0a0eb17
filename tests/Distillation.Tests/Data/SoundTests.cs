using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace Distillation.Tests.Data;

/// <summary>Wav files, resampling and spectrograms against literal loops; folders of sounds as their publishers lay them out.</summary>
public sealed class SoundTests : IDisposable
{
    private static readonly JsonElement golden = Golden.Read("sounds.json");

    private static readonly Dictionary<string, JsonElement> files = golden.GetProperty("files").EnumerateArray().ToDictionary(one => one.GetProperty("name").GetString()!);

    private readonly TinyData tiny = new();

    public void Dispose() => tiny.Dispose();

    private string Root => Path.Combine(tiny.Folder.Path, "tiny");

    public static TheoryData<string> Files => [.. files.Keys];

    private static byte[] Wav(string name) => files[name].GetProperty("file").GetBytesFromBase64();

    // A second of a tone, 8 kHz, 16 bits.
    private static byte[] Tone(double hertz, int count = 8000, int rate = 8000)
    {
        var samples = Enumerable.Range(0, count).SelectMany(i => BitConverter.GetBytes((short)(10_000 * Math.Sin(2 * Math.PI * hertz * i / rate)))).ToArray();
        return [.. "RIFF"u8, .. BitConverter.GetBytes(36 + samples.Length), .. "WAVEfmt "u8, 16, 0, 0, 0, 1, 0, 1, 0, .. BitConverter.GetBytes(rate), .. BitConverter.GetBytes(2 * rate), 2, 0, 16, 0, .. "data"u8, .. BitConverter.GetBytes(samples.Length), .. samples];
    }

    private void Put(string name, byte[] content)
    {
        var path = Path.Combine(Root, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private void Put(string name, string content) => Put(name, System.Text.Encoding.UTF8.GetBytes(content));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_wav_file_of_every_format_has_the_samples_that_its_bytes_say(string name)
    {
        var sound = Sound.Decode(Wav(name), name);
        Assert.Equal(files[name].GetProperty("rate").GetInt32(), sound.Rate);
        Golden.Close(Golden.Numbers(files[name].GetProperty("samples")), [.. sound.Samples.Select(sample => (double)sample)], relative: 1e-7, absolute: 1e-8, name);
    }

    [Theory]
    [InlineData(0, "it is empty")]
    [InlineData(11, "it is no wav file")]
    [InlineData(40, "it ends too early")]
    [InlineData(62, "it has no samples")]
    [InlineData(-5, "it ends too early: 79 of 84 bytes of samples are there")]
    public void A_truncated_wav_file_is_refused_by_name(int length, string why)
    {
        var file = Wav("pcm 32 bits, 1 channels, extensible");
        Assert.Equal(
            $"The sound 'a/b.wav' cannot be read ({why}): put a good copy in its place, or delete it.",
            Assert.Throws<BadInput>(() => Sound.Decode(file.AsSpan(0, length < 0 ? file.Length + length : length), "a/b.wav")).Message);
    }

    [Fact]
    public void Other_codings_and_samples_that_are_no_numbers_are_refused()
    {
        var file = Tone(440);
        file[20] = 2;
        Assert.Contains("(it holds samples of format 2 with 16 bits, which are not read: convert it to PCM)", Assert.Throws<BadInput>(() => Sound.Decode(file, "x")).Message);
        var broken = Wav("float 32 bits");
        BitConverter.GetBytes(float.NaN).CopyTo(broken, broken.Length - 4);
        Assert.Contains("(it has samples that are no numbers)", Assert.Throws<BadInput>(() => Sound.Decode(broken, "x")).Message);
        var claims = Tone(440);
        claims[22] = 0;
        Assert.Contains("(it claims 0 channels at 8000 samples a second)", Assert.Throws<BadInput>(() => Sound.Decode(claims, "x")).Message);
    }

    [Fact]
    public void Whatever_is_damaged_in_a_wav_file_is_read_or_refused_and_never_fails_otherwise()
    {
        var random = new Random(9);
        var refused = 0;
        foreach (var name in files.Keys)
        {
            for (var i = 0; i < 200; i++)
            {
                try
                {
                    Assert.NotEmpty(Sound.Decode(Damage.To(Wav(name), random), name).Samples);
                }
                catch (BadInput)
                {
                    refused++;
                }
            }
        }

        Assert.InRange(refused, files.Count * 10, (files.Count * 200) - 1);
    }

    [Fact]
    public void Resampling_sums_the_windowed_sinc_of_every_sample()
    {
        using var scope = NewDisposeScope();
        Assert.All(golden.GetProperty("resampling").EnumerateArray(), one =>
        {
            var wave = Golden.Fill(one.GetProperty("name").GetString()!, [one.GetProperty("count").GetInt64()], -1, 1).unsqueeze(0);
            var (from, to) = (one.GetProperty("from").GetInt32(), one.GetProperty("to").GetInt32());
            var expected = Golden.Numbers(one.GetProperty("values"));
            Golden.Close(expected, Golden.Flat(Spectrograms.Resample(cat([wave, wave]), from, to)[1]), relative: 1e-4, absolute: 1e-5, $"{from} to {to}");
        });
    }

    [Fact]
    public void A_tone_keeps_its_pitch_at_another_rate_and_what_the_rate_cannot_carry_is_gone()
    {
        using var scope = NewDisposeScope();
        var (low, high) = (Wave(440), Wave(5000));
        var expected = Enumerable.Range(0, 3000).Select(i => 10_000 / 32_768.0 * Math.Sin(2 * Math.PI * 440 * i / 6000)).Skip(100).SkipLast(100).ToArray();
        Golden.Close(expected, [.. Golden.Flat(Spectrograms.Resample(low, 16_000, 6000)[0]).Skip(100).Take(expected.Length)], relative: 0, absolute: 2e-3);
        Assert.InRange(Spectrograms.Resample(high, 16_000, 6000).narrow(1, 100, 2800).abs().max().item<float>(), 0, 1e-3f);

        static Tensor Wave(double hertz) => Sound.Decode(Tone(hertz, 8000, 16_000), "tone") is var sound ? tensor(sound.Samples, [1, 8000]) : zeros(0);
    }

    [Fact]
    public void A_log_mel_spectrogram_is_that_of_the_loops()
    {
        using var scope = NewDisposeScope();
        var one = golden.GetProperty("log_mel");
        var settings = new MelSettings(8000, 200, 256, 80, 20, 21, 20, 4000);
        var wave = tensor(Golden.Numbers(one.GetProperty("wave")), ScalarType.Float32).unsqueeze(0);
        var ours = Spectrograms.LogMel(wave, settings);
        Assert.Equal([1, 20, 21], ours.shape);
        Golden.Close(Golden.Flat(one.GetProperty("values")), Golden.Flat(ours), relative: 0, absolute: 0.01, "decibels");

        var image = Spectrograms.AsImages(ours, settings);
        Assert.Equal([1, 1, 20, 21], image.shape);
        Assert.Equal(255, image.max().item<byte>());
        var expected = ((ours - ours.max()) / 80 + 1).clamp(0, 1) * 255;
        Assert.InRange((image[0] - expected).abs().max().item<float>(), 0, 0.5f);
    }

    [Fact]
    public void Sounds_of_any_length_and_rate_become_pictures_of_one_size()
    {
        using var scope = NewDisposeScope();
        var settings = new MelSettings(8000, 256, 512, 128, 64, 64, 20, 4000);
        var images = Spectrograms.Of([Sound.Decode(Tone(1000, 100), "short"), Sound.Decode(Tone(1000, 80_000), "long"), Sound.Decode(Tone(1000, 22_050, 22_050), "other")], settings, CPU);
        Assert.Equal([3, 1, 64, 64], images.shape);
        // A steady tone is loudest in one band, whatever the rate it came in; after a short sound there is silence.
        var bands = images.to_type(ScalarType.Float32).mean([1, 3]).argmax(1).data<long>().ToArray();
        Assert.Equal(bands[1], bands[2]);
        Assert.Equal(0, images[0, 0].narrow(1, 10, 50).max().item<byte>());
    }

    [Theory]
    [InlineData(44_101, 22_050)]
    [InlineData(9_999_999, 22_050)]
    [InlineData(int.MaxValue, int.MaxValue - 1)]
    public void Rates_with_hardly_a_common_divisor_are_refused_before_memory_is_taken(int from, int to)
    {
        using var wave = zeros(1, 4);
        Assert.Equal(
            $"A sound of {from} samples a second cannot be brought to {to}, with which that rate has hardly a divisor in common: convert it to {to} samples a second.",
            Assert.Throws<BadInput>(() => Spectrograms.Resample(wave, from, to)).Message);
    }

    [Fact]
    public void A_folder_with_a_sound_of_an_odd_rate_names_the_file()
    {
        Scenes();
        var own = tiny.Folder.Named("tiny");
        Put("audio/bus-barcelona-1-1-a.wav", Tone(440, 12_000, 44_101));
        Assert.Equal(
            $"The sound '{Path.Combine(Root, "audio", "bus-barcelona-1-1-a.wav")}' of 44101 samples a second cannot be brought to 22050, with which that rate has hardly a divisor in common: convert it to 22050 samples a second.",
            Assert.Throws<BadInput>(() => tiny.Folder.Load(own, CPU)).Message);
    }

    [Theory]
    [InlineData("../secret.wav")]
    [InlineData(" /secret.wav")]
    [InlineData("audio/\0.wav")]
    public void A_name_that_leads_out_of_the_folder_is_refused_in_a_list_without_scenes_too(string name)
    {
        Scenes();
        File.Delete(Path.Combine(Root, "evaluation_setup", "fold1_evaluate.csv"));
        Put("evaluation_setup/fold1_test.csv", $"filename\n{name}\n");
        Assert.Contains("has in line 2 something else than the name of a file below the folder", Assert.Throws<BadInput>(() => tiny.Folder.Named("tiny")).Message);
    }

    // As DCASE 2019 has it: lists with headings, a test list without scenes, meta.csv with both.
    private void Scenes()
    {
        string[] scenes = ["airport", "bus"];
        var meta = "filename\tscene_label\tidentifier\tsource_label\n";
        var (train, evaluate, test) = ("filename\tscene_label\n", "filename\tscene_label\n", "filename\n");
        foreach (var (scene, label) in scenes.Select((scene, label) => (scene, label)))
        {
            for (var i = 0; i < 5; i++)
            {
                var name = $"audio/{scene}-barcelona-{i}-{label}-a.wav";
                Put(name, Tone(300 + (500 * label), 12_000, 12_000));
                meta += $"{name}\t{scene}\tbarcelona-{i}\ta\n";
                train += i < 3 ? $"{name}\t{scene}\n" : "";
                evaluate += i < 3 ? "" : $"{name}\t{scene}\n";
                test += i < 3 ? "" : $"{name}\n";
            }
        }

        Put("meta.csv", meta);
        Put("evaluation_setup/fold1_train.csv", train);
        Put("evaluation_setup/fold1_evaluate.csv", evaluate);
        Put("evaluation_setup/fold1_test.csv", test);
    }

    [Fact]
    public void A_folder_as_DCASE_has_it_is_a_data_set_with_its_own_split()
    {
        Scenes();
        var own = tiny.Folder.Named("tiny");
        Assert.Equal((2, 1, 64, 44, 6L, 4L), (own.Classes, own.Channels, own.Height, own.Width, own.TrainCount, own.TestCount));
        using var loaded = tiny.Folder.Load(own, CPU);
        Assert.Equal([6, 1, 64, 44], loaded.Train.Images.shape);
        Assert.Equal([0L, 0, 0, 1, 1, 1], loaded.Train.Labels.data<long>().ToArray());
        Assert.Equal(["airport", "bus"], loaded.ClassNames);
        Assert.True(loaded.Train.Images[0].equal(loaded.Test.Images[0]).all().item<bool>());
        Assert.False(loaded.Train.Images[0].equal(loaded.Train.Images[3]).all().item<bool>());

        // The same without the list that has the scenes, by meta.csv; and as 2018 had it, without headings.
        File.Delete(Path.Combine(Root, "evaluation_setup", "fold1_evaluate.csv"));
        Assert.Equal(4, tiny.Folder.Named("tiny").TestCount);
        var train = File.ReadAllLines(Path.Combine(Root, "evaluation_setup", "fold1_train.csv")).Skip(1);
        Put("evaluation_setup/fold1_train.txt", string.Join('\n', train));
        File.Delete(Path.Combine(Root, "evaluation_setup", "fold1_train.csv"));
        Assert.Equal(6, tiny.Folder.Named("tiny").TrainCount);
        Assert.Equal("tiny is a folder of sounds, whose pictures have the size that their length gives; leave the size out.", Assert.Throws<BadInput>(() => tiny.Folder.Named("tiny", 64)).Message);
    }

    [Fact]
    public void A_list_that_lacks_a_scene_or_a_folder_that_lacks_a_sound_is_refused()
    {
        Scenes();
        var own = tiny.Folder.Named("tiny");
        var path = Path.Combine(Root, "audio", "bus-barcelona-1-1-a.wav");
        var whole = File.ReadAllBytes(path);
        File.WriteAllBytes(path, whole[..500]);
        Assert.Equal($"The sound '{path}' cannot be read (it ends too early: 456 of 24000 bytes of samples are there): put a good copy in its place, or delete it.", Assert.Throws<BadInput>(() => tiny.Folder.Load(own, CPU)).Message);
        File.Delete(path);
        Assert.Contains($"'{path}' cannot be read", Assert.Throws<BadInput>(() => tiny.Folder.Load(own, CPU)).Message);

        var list = Path.Combine(Root, "evaluation_setup", "fold1_evaluate.csv");
        File.WriteAllLines(list, File.ReadAllLines(list).Where(line => !line.EndsWith("bus", StringComparison.Ordinal)));
        Assert.Equal($"The class 'bus' of '{Root}' has training sounds and no test sounds: nothing could be said about it; complete the lists.", Assert.Throws<BadInput>(() => tiny.Folder.Named("tiny")).Message);
        File.WriteAllText(list, "filename\tscene_label\n../secret.wav\tbus\n");
        Assert.Contains("has in line 2 something else than the name of a file below the folder, a tab and a scene", Assert.Throws<BadInput>(() => tiny.Folder.Named("tiny")).Message);
    }

    [Fact]
    public async Task Spoken_digits_come_as_an_archive_and_are_split_by_their_numbers()
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Ustar))
        {
            foreach (var (digit, number) in from digit in Enumerable.Range(0, 10) from number in new[] { 0, 4, 5, 49 } select (digit, number))
            {
                tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, $"free-spoken-digit-dataset-master/recordings/{digit}_theo_{number}.wav") { DataStream = new MemoryStream(Tone(200 + (100 * digit), 3000)) });
            }

            tar.WriteEntry(new UstarTarEntry(TarEntryType.RegularFile, "free-spoken-digit-dataset-master/README.md") { DataStream = new MemoryStream([1, 2, 3]) });
        }

        using var mirror = new LocalMirror((_, request, response) => LocalMirror.Send(packed.ToArray(), request, response));
        var entry = DataCatalog.BuiltIn[Datasets.SpokenDigits] with { Mirrors = [mirror.Address], Folder = "tiny" };
        await tiny.Folder.Ensure(entry, null, default);
        Assert.Equal(40, Directory.GetFiles(Path.Combine(Root, "recordings")).Length);
        Assert.Equal(["recordings"], Directory.GetFileSystemEntries(Root).Select(Path.GetFileName));

        var digits = Datasets.SpokenDigits with { TrainCount = 20, TestCount = 20 };
        using var loaded = tiny.Folder.Load(digits, CPU, new DataCatalog([entry]));
        Assert.Equal([20, 1, 64, 64], loaded.Train.Images.shape);
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)(i / 2)), loaded.Test.Labels.data<long>().ToArray());
        Assert.Equal("7", loaded.ClassNames[7]);

        Put("recordings/seven_theo_1.wav", Tone(440));
        File.Delete(Path.Combine(Root, "spoken-digits.parquet"));
        Assert.Equal($"'{Root}/recordings/seven_theo_1.wav' has another name than DIGIT_SPEAKER_NUMBER.wav: take it away.", Assert.Throws<BadInput>(() => tiny.Folder.Load(digits, CPU, new DataCatalog([entry]))).Message);
    }

    [NeedsData("spoken-digits")]
    public void The_real_spoken_digits_have_six_speakers_and_the_stated_mean()
    {
        using var scope = NewDisposeScope();
        using var loaded = DataFolder.Resolve(null).Load(Datasets.SpokenDigits, CPU);
        Assert.Equal(Enumerable.Repeat(270, 10), loaded.Train.Labels.data<long>().ToArray().CountBy(label => label).OrderBy(pair => pair.Key).Select(pair => pair.Value));
        var pixels = loaded.Train.Images.to(ScalarType.Float32).div(255);
        Assert.Equal(Datasets.SpokenDigits.Normalization.Mean[0], pixels.mean().ToDouble(), 1e-3);
        Assert.Equal(Datasets.SpokenDigits.Normalization.Std[0], pixels.std().ToDouble(), 1e-3);
    }
}
