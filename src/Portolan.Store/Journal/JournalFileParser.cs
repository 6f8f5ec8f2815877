namespace Portolan.Store.Journal;

/// <summary>Reads a journal file that comes as a stream of bytes: one that was set aside, given to an import.</summary>
public sealed class JournalFileParser
{
    uint _salt;
    bool _begun;

    /// <summary>The longest record, bytes: the least room that a reader's buffer has.</summary>
    public const int MaxRecord = JournalFormat.MaxRecord;

    public static bool IsJournal(ReadOnlySpan<byte> start) => start.StartsWith("PTLNJRNL"u8);

    /// <summary>The record at the start of <paramref name="bytes"/>.</summary>
    /// <param name="consumed">What is done with, also when there is no whole record yet: the file's header.</param>
    /// <returns>False when more bytes are needed.</returns>
    /// <exception cref="IOException">The file is damaged here.</exception>
    public bool TryRead(ReadOnlySpan<byte> bytes, out int consumed, out JournalRecord record)
    {
        consumed = 0;
        record = default;
        if (!_begun)
        {
            if (bytes.Length < JournalFormat.FileHeaderSize) return false;
            if (!JournalFormat.TryReadFileHeader(bytes, out var header)) throw new IOException("the journal file's header cannot be read");
            (_salt, _begun, consumed) = (header.Salt, true, JournalFormat.FileHeaderSize);
        }
        var rest = bytes[consumed..];
        switch (JournalFormat.Check(rest, _salt, out _, out int length))
        {
            case RecordState.Cut:
                return false;
            case RecordState.Damaged:
                throw new IOException("a record of the journal file is damaged");
            default:
                JournalFormat.Read(rest, consumed, length, out record);
                consumed += length;
                return true;
        }
    }
}
