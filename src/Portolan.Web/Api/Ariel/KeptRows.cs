using System.Buffers;
using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Portolan.Store.Files;

namespace Portolan.Web.Api.Ariel;

/// <summary>
/// The rows of one result, by index: little ones in memory, larger ones in a file. One thread adds, any number read at the same time what was added
/// before. A row is its length (4 bytes), then its cells: a tag, and the number (8 bytes) or the length (4) and bytes of a text. All numbers little-endian.
/// Stored rows are the same for a later process, which counts and checks them when somebody reads the first.
/// </summary>
/// <param name="path">Where the file goes when there is need of one; its folder exists.</param>
sealed class KeptRows(string path) : IDisposable
{
    // A reader finds the place of every so-many-th row and steps over the others.
    const int Stride = 64;
    const int SpillAt = 256 << 10, KeepInMemory = 16 << 10, ReadAtOnce = 64 << 10;
    internal const byte Null = 0, False = 1, True = 2, Long = 3, Double = 4, Text = 5, Bytes = 6;

    readonly Lock _lock = new();
    readonly List<long> _places = [];
    ArrayBufferWriter<byte> _tail = new();
    SafeFileHandle? _file;
    long _inFile, _count;
    uint _checksum = uint.MaxValue;
    StoredRows? _unread;

    /// <summary>What an earlier process stored in the file.</summary>
    public KeptRows(string path, StoredRows stored)
        : this(path) => (_count, _inFile, _unread) = (stored.Count, stored.Bytes, stored);

    public long Count => Interlocked.Read(ref _count);

    /// <summary>Whoever reads them finds none.</summary>
    public bool Gone => Count < 0;

    /// <summary>How many bytes lie in the file.</summary>
    public long BytesOnDisk => Interlocked.Read(ref _inFile);

    /// <param name="cells">long, int, double, bool, string, byte[] or null.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(object?[] cells)
    {
        lock (_lock)
        {
            if (_count % Stride == 0) _places.Add(_inFile + _tail.WrittenCount);
            int start = _tail.WrittenCount;
            _tail.Write(stackalloc byte[4]);
            foreach (object? cell in cells) Add(cell);
            // The length is known only now.
            var row = System.Runtime.InteropServices.MemoryMarshal.AsMemory(_tail.WrittenMemory).Span[start..];
            BinaryPrimitives.WriteInt32LittleEndian(row, row.Length - 4);
            if (_tail.WrittenCount >= SpillAt) Spill();
            _count++;
        }
    }

    void Add(object? cell)
    {
        switch (cell)
        {
            case null:
                Tag(Null);
                break;
            case bool flag:
                Tag(flag ? True : False);
                break;
            case long number:
                Number(Long, number);
                break;
            case int number:
                Number(Long, number);
                break;
            case double number:
                Number(Double, BitConverter.DoubleToInt64Bits(number));
                break;
            case byte[] bytes:
                Tag(Bytes);
                BinaryPrimitives.WriteInt32LittleEndian(_tail.GetSpan(4), bytes.Length);
                _tail.Advance(4);
                _tail.Write(bytes);
                break;
            case string text:
                Tag(Text);
                int length = Encoding.UTF8.GetByteCount(text);
                BinaryPrimitives.WriteInt32LittleEndian(_tail.GetSpan(4), length);
                _tail.Advance(4);
                _tail.Advance(Encoding.UTF8.GetBytes(text, _tail.GetSpan(length)));
                break;
            default:
                throw new InvalidOperationException($"a cell cannot be a {cell.GetType().Name}");
        }
    }

    void Tag(byte tag)
    {
        _tail.GetSpan(1)[0] = tag;
        _tail.Advance(1);
    }

    void Number(byte tag, long number)
    {
        var room = _tail.GetSpan(9);
        room[0] = tag;
        BinaryPrimitives.WriteInt64LittleEndian(room[1..], number);
        _tail.Advance(9);
    }

    void Spill()
    {
        _file ??= File.OpenHandle(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        RandomAccess.Write(_file, _tail.WrittenSpan, _inFile);
        _checksum = Crc32C.Update(_checksum, _tail.WrittenSpan);
        _inFile += _tail.WrittenCount;
        _tail.ResetWrittenCount();
    }

    /// <summary>No row is added any more: memory beyond a little goes.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Close()
    {
        lock (_lock)
        {
            if (_file != null || _tail.WrittenCount > KeepInMemory) Spill();
            var exact = new ArrayBufferWriter<byte>(Math.Max(1, _tail.WrittenCount));
            exact.Write(_tail.WrittenSpan);
            _tail = exact;
        }
    }

    /// <summary>Puts every row into the file; what another process needs to read it. None is added any more.</summary>
    /// <exception cref="IOException">The file cannot be written: the rows stay as they are.</exception>
    /// <exception cref="ObjectDisposedException">The rows are gone.</exception>
    public StoredRows Store()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_count < 0, this);
            if (_unread is { } unread) return unread;
            if (_tail.WrittenCount > 0) Spill();
            return new(_count, _inFile, ~_checksum);
        }
    }

    /// <summary>Finds out whether there are rows to read.</summary>
    /// <exception cref="ObjectDisposedException">The rows are gone.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="InvalidDataException">The file is not what an earlier process stored.</exception>
    public void Open()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_count < 0, this);
            if (_unread is not { } stored) return;
            Check(stored);
            _unread = null;
        }
    }

    // The places of rows are not stored: whoever counts the rows finds them, and finds out whether the file is what it was.
    void Check(StoredRows stored)
    {
        _places.Clear();
        if (stored.Bytes == 0) return;
        _file ??= File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        var buffer = new byte[ReadAtOnce];
        long start = 0, skip = 0, rows = 0;
        int filled = 0;
        uint checksum = uint.MaxValue;
        while (RandomAccess.Read(_file, buffer.AsSpan(filled), start + filled) is > 0 and var n)
        {
            checksum = Crc32C.Update(checksum, buffer.AsSpan(filled, n));
            filled += n;
            int at = 0;
            while (true)
            {
                int step = (int)Math.Min(skip, filled - at);
                (at, skip) = (at + step, skip - step);
                if (skip > 0 || filled - at < 4) break;
                int length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(at));
                if (length < 0) throw new InvalidDataException($"{path} is damaged");
                if (rows++ % Stride == 0) _places.Add(start + at);
                (at, skip) = (at + 4, length);
            }
            buffer.AsSpan(at, filled - at).CopyTo(buffer);
            (start, filled) = (start + at, filled - at);
        }
        if (filled > 0 || skip > 0 || (rows, start, ~checksum) != (stored.Count, stored.Bytes, stored.Checksum)) throw new InvalidDataException($"{path} is damaged");
        _checksum = checksum;
    }

    /// <summary>
    /// Rows from one index up to, not including, another, as far as they are there; each is valid until the next is asked for.
    /// <see cref="KeptRow"/> reads it.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The rows are gone.</exception>
    /// <exception cref="InvalidDataException">The file is not what an earlier process stored.</exception>
    public IEnumerable<ReadOnlyMemory<byte>> Read(long from, long to)
    {
        ObjectDisposedException.ThrowIf(Count < 0, this);
        to = Math.Min(to, Count);
        if (from >= to) yield break;
        long at;
        Open();
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_count < 0, this);
            at = _places[(int)(from / Stride)];
        }
        byte[] buffer = ArrayPool<byte>.Shared.Rent(ReadAtOnce);
        try
        {
            int start = 0, filled = 0;
            for (long row = from - from % Stride; row < to; row++)
            {
                Need(4);
                int length = BinaryPrimitives.ReadInt32LittleEndian(buffer.AsSpan(start));
                Need(4 + length);
                if (row >= from) yield return buffer.AsMemory(start + 4, length);
                start += 4 + length;
            }

            void Need(int bytes)
            {
                if (filled - start >= bytes) return;
                buffer.AsSpan(start, filled - start).CopyTo(buffer);
                (filled, start) = (filled - start, 0);
                if (bytes > buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(bytes);
                    buffer.AsSpan(0, filled).CopyTo(larger);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                while (filled < bytes)
                {
                    int n = ReadAt(at, buffer.AsSpan(filled));
                    if (n == 0) throw new EndOfStreamException($"{path} is shorter than it was");
                    filled += n;
                    at += n;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    int ReadAt(long place, Span<byte> to)
    {
        long inFile;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_count < 0, this);
            inFile = _inFile;
            if (place >= inFile)
            {
                var rest = _tail.WrittenSpan[(int)(place - inFile)..];
                int n = Math.Min(rest.Length, to.Length);
                rest[..n].CopyTo(to);
                return n;
            }
        }
        return RandomAccess.Read(_file!, to[..(int)Math.Min(to.Length, inFile - place)], place);
    }

    /// <summary>The rows and the file are gone.</summary>
    public void Dispose() => End(File.Delete);

    /// <summary>The rows are gone, the file stays for a later process.</summary>
    public void Leave() => End(null);

    void End(Action<string>? delete)
    {
        lock (_lock)
        {
            if (_count < 0) return;
            _count = -1;
            _places.Clear();
            _tail = new();
            _file?.Dispose();
            if (_file != null || _unread != null) delete?.Invoke(path);
        }
    }
}

/// <summary>What is known of stored rows besides their file: a later process trusts it only when all of this fits.</summary>
/// <param name="Checksum">CRC-32C of the file.</param>
readonly record struct StoredRows(long Count, long Bytes, uint Checksum);

/// <summary>Reads the cells of a kept row, one after the other.</summary>
ref struct KeptRow(ReadOnlySpan<byte> row)
{
    ReadOnlySpan<byte> _rest = row;

    /// <summary>One of the tags of <see cref="KeptRows"/>.</summary>
    public byte Tag { get; private set; }

    public long Number { get; private set; }

    public readonly double Double => BitConverter.Int64BitsToDouble(Number);

    /// <summary>The bytes of a text (UTF-8) or of bytes.</summary>
    public ReadOnlySpan<byte> Span { get; private set; }

    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        Tag = _rest[0];
        _rest = _rest[1..];
        switch (Tag)
        {
            case KeptRows.Long or KeptRows.Double:
                Number = BinaryPrimitives.ReadInt64LittleEndian(_rest);
                _rest = _rest[8..];
                break;
            case KeptRows.Text or KeptRows.Bytes:
                int length = BinaryPrimitives.ReadInt32LittleEndian(_rest);
                Span = _rest.Slice(4, length);
                _rest = _rest[(4 + length)..];
                break;
        }
        return true;
    }
}
