using System.Buffers;
using System.Buffers.Binary;
using Portolan.Store.Files;

namespace Portolan.Store.Journal;

/// <summary>What a file holds, as far as it can be trusted.</summary>
/// <param name="End">Where the last whole record ends.</param>
/// <param name="Next">The sequence after the last whole record.</param>
/// <param name="DamagedBytes">Bytes before End that are no whole record.</param>
readonly record struct JournalScanResult(long End, long Next, long Records, long DamagedBytes, int DamagedStretches);

/// <summary>Reads a journal file without trusting it: at open, and wherever a record turns out to be damaged.</summary>
static class JournalScan
{
    const int Window = 1 << 20;

    /// <summary>Checks every record from the file's header to its end.</summary>
    public static JournalScanResult Validate(IFile file, in JournalFileHeader header)
    {
        long length = file.Length, position = JournalFormat.FileHeaderSize, records = 0, damagedBytes = 0, end = position;
        long next = header.First;
        int stretches = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Window);
        try
        {
            while (position < length)
            {
                int n = file.Read(position, buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - position)));
                int at = 0, size = 0;
                var state = RecordState.Cut;
                while (at < n)
                {
                    state = JournalFormat.Check(buffer.AsSpan(at, n - at), header.Salt, out long sequence, out size);
                    if (state == RecordState.Whole && sequence != next) state = RecordState.Damaged;
                    if (state != RecordState.Whole) break;
                    at += size;
                    next++;
                    records++;
                }
                position += at;
                if (at > 0) end = position;
                if (position >= length) break;
                if (state == RecordState.Cut && position + Math.Max(size, JournalFormat.RecordHeaderSize) <= length)
                {
                    if (at > 0) continue;
                    if (size > buffer.Length)
                    {
                        ArrayPool<byte>.Shared.Return(buffer);
                        buffer = ArrayPool<byte>.Shared.Rent(size);
                        continue;
                    }
                }
                long found = FindNext(file, position, length, header.Salt, next, out long foundSequence);
                if (found < 0) break;
                damagedBytes += found - position;
                stretches++;
                position = found;
                next = foundSequence;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        return new(end, next, records, damagedBytes, stretches);
    }

    /// <summary>
    /// The first whole record after the damage that begins at <paramref name="from"/>; -1 when there is none before <paramref name="end"/>. Only a
    /// sequence that the skipped bytes can account for is believed.
    /// </summary>
    public static long FindNext(IFile file, long from, long end, uint salt, long expected, out long sequence)
    {
        sequence = 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Window), record = [];
        try
        {
            for (long start = from + 1; start + JournalFormat.RecordHeaderSize <= end;)
            {
                int n = file.Read(start, buffer.AsSpan(0, (int)Math.Min(Window, end - start)));
                if (n < JournalFormat.RecordHeaderSize) return -1;
                int last = n - JournalFormat.RecordHeaderSize;
                for (int i = 0; i <= last; i++)
                {
                    if (buffer[i] == 0) // a long run of zeros, as lost sectors leave, is passed quickly
                    {
                        int zeros = buffer.AsSpan(i, n - i).IndexOfAnyExcept((byte)0);
                        if (zeros < 0) i = last;
                        else if (zeros > 8) i += zeros - 4; // a length's low bytes may be zero, its value never is
                        if (i > last) break;
                    }
                    var bytes = buffer.AsSpan(i, n - i);
                    long s = BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]);
                    if (s < expected || s > expected + (start + i - from) / JournalFormat.RecordHeaderSize) continue;
                    var state = JournalFormat.Check(bytes, salt, out sequence, out int size);
                    if (state == RecordState.Cut && start + i + size <= end)
                    {
                        if (record.Length < size) record = new byte[size];
                        if (file.Read(start + i, record.AsSpan(0, size)) == size)
                            state = JournalFormat.Check(record.AsSpan(0, size), salt, out sequence, out size);
                    }
                    if (state == RecordState.Whole) return start + i;
                }
                start += last + 1;
            }
            return -1;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
