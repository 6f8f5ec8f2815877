using System.Buffers.Binary;
using System.Globalization;
using System.Net;

namespace Portolan.IntegrationTests.Crash;

/// <summary>A record as it stands in the file.</summary>
sealed record JournalEntry(int Host, int Epoch, long Sequence, long Time, IPAddress Sender, int Port, int Listener, int Flags, uint Origin,
    byte[] Certificate, byte[] Message);

/// <summary>What a journal folder holds. <paramref name="Faults"/>: everything that the format does not allow, but for a torn tail.</summary>
sealed record JournalContent(IReadOnlyList<JournalEntry> Entries, long TornBytes, IReadOnlyList<string> Faults);

/// <summary>
/// Reads a journal by docs/journal-format.md and by nothing else: none of the product's code, so that a mistake made there is not made here as well.
/// </summary>
static class JournalFileReader
{
    public static JournalContent Read(string folder)
    {
        var entries = new List<JournalEntry>();
        var faults = new List<string>();
        long torn = 0;
        int epoch = 0;
        long expected = 0;
        var names = Directory.GetFiles(folder, "*.journal").Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal).ToList();
        CheckEpochFile(folder, names, faults);
        foreach (string name in names)
        {
            byte[] file = File.ReadAllBytes(Path.Combine(folder, name));
            bool newest = name == names[^1];
            if (file.Length < 64 && newest) continue; // interrupted while it was made
            if (!IsHeader(file, name, faults)) continue;
            int fileEpoch = I32(file, 16);
            long first = I64(file, 24);
            if (fileEpoch == epoch && first != expected) faults.Add($"{name} begins with {first}, not {expected}");
            (epoch, expected) = (fileEpoch, first);
            int at = 64;
            while (at < file.Length && Record(file, at, expected, I32(file, 12), epoch) is { } entry)
            {
                entries.Add(entry);
                at += I32(file, at);
                expected++;
            }
            if (at == file.Length) continue;
            // Only the newest file may have a tail, and nothing whole may follow in it.
            int next = Enumerable.Range(at + 1, file.Length - at - 1).FirstOrDefault(p => Follows(file, p, at, expected));
            if (next > 0) faults.Add($"{name}: bytes {at} to {next} are no record, but one follows");
            else if (!newest) faults.Add($"{name}: {file.Length - at} bytes after the last record, though another file follows");
            else torn = file.Length - at;
        }
        return new(entries, torn, faults);
    }

    static void CheckEpochFile(string folder, List<string> names, List<string> faults)
    {
        string path = Path.Combine(folder, "epoch");
        if (!File.Exists(path))
        {
            if (names.Count > 0) faults.Add("there are journal files and no epoch file");
            return;
        }
        byte[] b = File.ReadAllBytes(path);
        if (b.Length != 20 || !b.AsSpan(0, 4).SequenceEqual("PTA1"u8) || U32(b, 4) != Crc(uint.MaxValue, b.AsSpan(8)) || I64(b, 8) != 4)
            faults.Add("the epoch file is damaged");
        else if (names.Count > 0 && names[^1][..10] != I32(b, 16).ToString("d10", CultureInfo.InvariantCulture))
            faults.Add($"the newest file is {names[^1]}, the epoch file says {I32(b, 16)}");
    }

    static bool IsHeader(byte[] file, string name, List<string> faults)
    {
        string? wrong = file.Length < 64 ? "is shorter than its header"
            : !file.AsSpan(0, 8).SequenceEqual("PTLNJRNL"u8) ? "does not begin as a journal"
            : U32(file, 60) != Crc(uint.MaxValue, file.AsSpan(0, 60)) ? "has a damaged header"
            : I32(file, 8) != 1 ? $"has version {I32(file, 8)}"
            : file.AsSpan(32, 28).ContainsAnyExcept((byte)0) ? "has something in the header's reserved bytes"
            : name != string.Create(CultureInfo.InvariantCulture, $"{I32(file, 16):d10}-{I64(file, 24):d19}.journal") ? "does not have the name its header asks for"
            : null;
        if (wrong != null) faults.Add($"{name} {wrong}");
        return wrong == null;
    }

    static JournalEntry? Record(byte[] file, int at, long expected, int host, int epoch)
    {
        if (!IsWhole(file, at) || I64(file, at + 8) != expected) return null;
        int length = I32(file, at), certificate = U16(file, at + 50);
        var sender = new IPAddress(file.AsSpan(at + 24, 16));
        return new(host, epoch, expected, I64(file, at + 16), sender.IsIPv4MappedToIPv6 ? sender.MapToIPv4() : sender, U16(file, at + 48), U16(file, at + 44),
            U16(file, at + 46), U32(file, at + 40), file.AsSpan(at + 52, certificate).ToArray(),
            file.AsSpan(at + 52 + certificate, length - 52 - certificate).ToArray());
    }

    static bool Follows(byte[] file, int at, int from, long expected) =>
        at + 52 <= file.Length && I64(file, at + 8) >= expected && I64(file, at + 8) <= expected + (at - from) / 52 && IsWhole(file, at);

    static bool IsWhole(byte[] file, int at)
    {
        if (at + 52 > file.Length) return false;
        int length = I32(file, at);
        return length is >= 52 and <= 4_195_380 && length <= file.Length - at && 52 + U16(file, at + 50) <= length
            && U32(file, at + 4) == Crc(U32(file, 20), file.AsSpan(at + 8, length - 8));
    }

    // Bit by bit, as the standard writes it.
    static uint Crc(uint register, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            register ^= b;
            for (int k = 0; k < 8; k++) register = (register >> 1) ^ (0x82f63b78 & (0 - (register & 1)));
        }
        return ~register;
    }

    static int U16(byte[] b, int at) => BinaryPrimitives.ReadUInt16LittleEndian(b.AsSpan(at));

    static int I32(byte[] b, int at) => BinaryPrimitives.ReadInt32LittleEndian(b.AsSpan(at));

    static uint U32(byte[] b, int at) => BinaryPrimitives.ReadUInt32LittleEndian(b.AsSpan(at));

    static long I64(byte[] b, int at) => BinaryPrimitives.ReadInt64LittleEndian(b.AsSpan(at));
}
