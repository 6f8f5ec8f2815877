using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using Portolan.Model;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>The bytes of a journal, as docs/journal-format.md describes them. Little-endian, addresses in network order.</summary>
static class JournalFormat
{
    public const int FileHeaderSize = 64;
    public const int RecordHeaderSize = 52;
    public const int Version = 1;
    public const string Extension = ".journal";

    /// <summary>Longest fingerprint of a peer certificate, bytes.</summary>
    public const int MaxCertificate = 1024;

    /// <summary>Longest message, bytes.</summary>
    public const int MaxPayload = 4 << 20;

    public const int MaxRecord = RecordHeaderSize + MaxCertificate + MaxPayload;

    static ReadOnlySpan<byte> Magic => "PTLNJRNL"u8;

    public static string FileName(int epoch, long first) => string.Create(CultureInfo.InvariantCulture, $"{epoch:d10}-{first:d19}{Extension}");

    public static bool TryParseFileName(string name, out int epoch, out long first)
    {
        epoch = 0;
        first = 0;
        return name.Length == 30 + Extension.Length && name[10] == '-' && name.EndsWith(Extension, StringComparison.Ordinal)
            && int.TryParse(name.AsSpan(0, 10), NumberStyles.None, CultureInfo.InvariantCulture, out epoch)
            && long.TryParse(name.AsSpan(11, 19), NumberStyles.None, CultureInfo.InvariantCulture, out first);
    }

    public static void WriteFileHeader(Span<byte> to, in JournalFileHeader header)
    {
        to[..FileHeaderSize].Clear();
        Magic.CopyTo(to);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], Version);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], header.Host);
        BinaryPrimitives.WriteInt32LittleEndian(to[16..], header.Epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(to[20..], header.Salt);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], header.First);
        BinaryPrimitives.WriteUInt32LittleEndian(to[60..], Crc32C.Compute(to[..60]));
    }

    public static bool TryReadFileHeader(ReadOnlySpan<byte> bytes, out JournalFileHeader header)
    {
        header = default;
        if (bytes.Length < FileHeaderSize || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[60..]) != Crc32C.Compute(bytes[..60])
            || BinaryPrimitives.ReadInt32LittleEndian(bytes[8..]) != Version) return false;
        header = new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes[12..]), BinaryPrimitives.ReadInt32LittleEndian(bytes[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(bytes[20..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
        return true;
    }

    /// <summary>The header of a file, if the file is whole enough to have one.</summary>
    public static bool TryReadFileHeader(IFile file, out JournalFileHeader header)
    {
        Span<byte> bytes = stackalloc byte[FileHeaderSize];
        header = default;
        return file.Read(0, bytes) == FileHeaderSize && TryReadFileHeader(bytes, out header);
    }

    /// <summary>Writes a record at the start of <paramref name="to"/>, which has room for it.</summary>
    public static void WriteRecord(Span<byte> to, uint salt, long sequence, in RecordHeader header, ReadOnlySpan<byte> certificate,
        ReadOnlySpan<byte> payload)
    {
        int length = RecordHeaderSize + certificate.Length + payload.Length;
        to = to[..length];
        BinaryPrimitives.WriteInt32LittleEndian(to, length);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], sequence);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], header.Time);
        BinaryPrimitives.WriteUInt128BigEndian(to[24..], header.Sender.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(to[40..], header.Origin);
        BinaryPrimitives.WriteUInt16LittleEndian(to[44..], header.Listener);
        BinaryPrimitives.WriteUInt16LittleEndian(to[46..], (ushort)header.Flags);
        BinaryPrimitives.WriteUInt16LittleEndian(to[48..], header.SenderPort);
        BinaryPrimitives.WriteUInt16LittleEndian(to[50..], (ushort)certificate.Length);
        certificate.CopyTo(to[RecordHeaderSize..]);
        payload.CopyTo(to[(RecordHeaderSize + certificate.Length)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], Checksum(to, salt));
    }

    /// <summary>
    /// Looks at the record at the start of <paramref name="bytes"/>. <paramref name="length"/> is what it says to be long, also when
    /// <see cref="RecordState.Cut"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RecordState Check(ReadOnlySpan<byte> bytes, uint salt, out long sequence, out int length)
    {
        sequence = 0;
        length = 0;
        if (bytes.Length < RecordHeaderSize) return RecordState.Cut;
        length = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        sequence = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
        if (length is < RecordHeaderSize or > MaxRecord
            || RecordHeaderSize + BinaryPrimitives.ReadUInt16LittleEndian(bytes[50..]) > length) return RecordState.Damaged;
        if (bytes.Length < length) return RecordState.Cut;
        return BinaryPrimitives.ReadUInt32LittleEndian(bytes[4..]) == Checksum(bytes[..length], salt) ? RecordState.Whole : RecordState.Damaged;
    }

    /// <summary>Reads a record that <see cref="Check"/> found whole.</summary>
    /// <param name="start">Where <paramref name="bytes"/> begin in the buffer that the record shall point into.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Read(ReadOnlySpan<byte> bytes, int start, int length, out JournalRecord record)
    {
        int certificate = BinaryPrimitives.ReadUInt16LittleEndian(bytes[50..]);
        record = new(
            BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
            new RecordHeader(
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[44..]),
                (RecordFlags)BinaryPrimitives.ReadUInt16LittleEndian(bytes[46..]),
                new Address(BinaryPrimitives.ReadUInt128BigEndian(bytes[24..])),
                BinaryPrimitives.ReadUInt16LittleEndian(bytes[48..]),
                BinaryPrimitives.ReadUInt32LittleEndian(bytes[40..])),
            start + RecordHeaderSize + certificate, length - RecordHeaderSize - certificate, certificate);
    }

    // The length is covered because a wrong one changes what is summed. The salt, secret to senders and new in each epoch, keeps a message whose bytes
    // look like a record, or an old file's block that the disk gave back, from ever being taken for one.
    static uint Checksum(ReadOnlySpan<byte> record, uint salt) => ~Crc32C.Update(salt, record[8..]);
}

enum RecordState
{
    Whole,

    /// <summary>The bytes end before the record does.</summary>
    Cut,

    Damaged,
}

/// <param name="Salt">Where the checksums of this epoch's records start.</param>
/// <param name="First">The sequence of the first record.</param>
readonly record struct JournalFileHeader(int Host, int Epoch, uint Salt, long First);
