namespace Portolan.Model;

/// <summary>
/// What moves through the pipeline: up to <see cref="Capacity"/> events of one journal stretch, their bytes in one slab, their fields as columns
/// beside it. Rows are in journal order. One thread writes; it fills the rows from <see cref="Published"/> on, passes them through the stages and then
/// raises Published. Other threads may read the rows below Published while the batch still grows: growth never moves or changes them.
/// </summary>
public sealed class EventBatch
{
    public const int Capacity = 8192;

    readonly long[]?[] _numbers = new long[]?[Fields.Count];
    readonly Address[]?[] _addresses = new Address[]?[Fields.Count];
    readonly Slice[]?[] _texts = new Slice[]?[Fields.Count];
    readonly Dictionary<string, Slice> _constants = new(ReferenceEqualityComparer.Instance);
    RowProperty[] _properties = new RowProperty[256];
    int _propertyCount, _published;

    public EventBatch(int bytes = 1 << 20) => Bytes = new byte[Math.Max(bytes, 64)];

    /// <summary>Rows in use by the writer.</summary>
    public int Count { get; set; }

    /// <summary>Rows that readers may see: they have passed every stage and stay as they are.</summary>
    public int Published
    {
        get => Volatile.Read(ref _published);
        set => Volatile.Write(ref _published, value);
    }

    /// <summary>The slab. Slices point into it; byte 0 is never part of a slice, so that a start of 0 can mean NULL.</summary>
    public byte[] Bytes { get; private set; }

    /// <summary>Bytes of the slab in use; at least 1.</summary>
    public int Used { get; private set; } = 1;

    /// <summary>The raw message of each row.</summary>
    public Slice[] Payload { get; } = new Slice[Capacity];

    /// <summary>Journal sequence and index within the record of each row: with host and epoch the event's id.</summary>
    public long[] Sequence { get; } = new long[Capacity];
    public int[] Index { get; } = new int[Capacity];

    /// <summary><see cref="Endpoint.Number"/> of where each row came in, or a special listener of <see cref="Endpoints"/>. It travels with the batch and is not stored.</summary>
    public ushort[] Listener { get; } = new ushort[Capacity];

    /// <summary>Of an imported row: which import it belongs to (the journal record's origin); else 0. Not stored.</summary>
    public uint[] Origin { get; } = new uint[Capacity];

    public int Host { get; set; }
    public int Epoch { get; set; }

    public ParseStatus[] Status { get; } = new ParseStatus[Capacity];

    /// <summary>What each row says about who is at an address.</summary>
    public LoginKind[] Login { get; } = new LoginKind[Capacity];

    /// <summary>The device names two ends but not who began: source and destination may be the other way round.</summary>
    public bool[] DirectionUnknown { get; } = new bool[Capacity];

    /// <summary>Properties of all rows, ascending by row.</summary>
    public ReadOnlySpan<RowProperty> Properties
    {
        get
        {
            // The count before the array: a reader beside the growing batch must not see more than its array holds.
            int n = Volatile.Read(ref _propertyCount);
            return Volatile.Read(ref _properties).AsSpan(0, n);
        }
    }

    public EventId Id(int row) => new(Host, Epoch, Sequence[row], Index[row]);

    public ReadOnlySpan<byte> Span(Slice s) => Bytes.AsSpan(s.Start, s.Length);

    public bool Has(Field f) => _numbers[f.Id] != null || _addresses[f.Id] != null || _texts[f.Id] != null;

    /// <summary>The column of a Number, Time, Flag or Mac field, made (all 0) at first use.</summary>
    public long[] Numbers(Field f) => _numbers[f.Id] ??= f.Kind is FieldKind.Number or FieldKind.Time or FieldKind.Flag or FieldKind.Mac
        ? new long[Capacity] : throw Wrong(f);

    /// <summary>The column of an Address field, made (all absent) at first use.</summary>
    public Address[] Addresses(Field f) => _addresses[f.Id] ??= f.Kind == FieldKind.Address ? new Address[Capacity] : throw Wrong(f);

    /// <summary>The column of a Text field, made (all NULL) at first use.</summary>
    public Slice[] Texts(Field f) => _texts[f.Id] ??= f.Kind == FieldKind.Text ? new Slice[Capacity] : throw Wrong(f);

    static InvalidOperationException Wrong(Field f) => new($"field {f.Name} is {f.Kind}: another column kind was asked for");

    /// <summary>Adds a property to the last row or one after it: properties come in row order.</summary>
    public void AddProperty(int row, int property, Slice value)
    {
        if (_propertyCount == _properties.Length) Array.Resize(ref _properties, _propertyCount * 2);
        _properties[_propertyCount] = new(row, property, value);
        Volatile.Write(ref _propertyCount, _propertyCount + 1);
    }

    /// <summary>Puts bytes at the slab's end, growing it, and says where. An empty text is a slice of length 0, not NULL.</summary>
    public Slice Append(ReadOnlySpan<byte> text)
    {
        var s = Reserve(text.Length);
        text.CopyTo(Bytes.AsSpan(s.Start));
        return s;
    }

    /// <summary>Room for <paramref name="length"/> bytes at the slab's end, to be filled by the caller.</summary>
    public Slice Reserve(int length)
    {
        if (Used + length > Bytes.Length)
        {
            var bytes = new byte[Math.Max(Bytes.Length * 2, Used + length)];
            Bytes.AsSpan(0, Used).CopyTo(bytes);
            Bytes = bytes;
        }
        var s = new Slice(Used, length);
        Used += length;
        return s;
    }

    /// <summary>Gives back the slab's end: what was reserved last and not needed.</summary>
    public void Trim(int used) => Used = Math.Clamp(used, 1, Used);

    /// <summary>One copy of an unchanging text per batch, however many rows point at it. Texts are told apart as objects.</summary>
    public Slice Constant(string text)
    {
        if (_constants.TryGetValue(text, out var s)) return s;
        s = Reserve(System.Text.Encoding.UTF8.GetByteCount(text));
        System.Text.Encoding.UTF8.GetBytes(text, Bytes.AsSpan(s.Start, s.Length));
        return _constants[text] = s;
    }

    /// <summary>Empties the batch for reuse and keeps its arrays.</summary>
    public void Clear()
    {
        foreach (var c in _numbers) c?.AsSpan(0, Count).Clear();
        foreach (var c in _addresses) c?.AsSpan(0, Count).Clear();
        foreach (var c in _texts) c?.AsSpan(0, Count).Clear();
        Array.Clear(Payload, 0, Count);
        Array.Clear(Login, 0, Count);
        Array.Clear(DirectionUnknown, 0, Count);
        _propertyCount = 0;
        Published = 0;
        _constants.Clear();
        Count = 0;
        Used = 1;
    }

    /// <summary>
    /// Takes back everything that stages said about the unpublished rows from <paramref name="row"/> on, but not their payload and identity: they are
    /// about to be processed anew one by one, or stored raw.
    /// </summary>
    public void ClearRowsFrom(int row)
    {
        int n = Count - row;
        for (int f = 0; f < Fields.Count; f++)
        {
            // The reader's, not a stage's.
            if (f == Fields.StartTime.Id || f == Fields.SendingIp.Id) continue;
            _numbers[f]?.AsSpan(row, n).Clear();
            _addresses[f]?.AsSpan(row, n).Clear();
        }
        foreach (var c in _texts) c?.AsSpan(row, n).Clear();
        Array.Clear(Login, row, n);
        Array.Clear(DirectionUnknown, row, n);
        while (_propertyCount > 0 && _properties[_propertyCount - 1].Row >= row) _propertyCount--;
    }
}

/// <summary>A named value that a source said beyond the normalized fields. <paramref name="Property"/> is an id of <see cref="PropertyCatalogue"/>.</summary>
public readonly record struct RowProperty(int Row, int Property, Slice Value);
