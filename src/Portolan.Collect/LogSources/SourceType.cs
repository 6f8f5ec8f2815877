using Portolan.Collect.Qid;
using Portolan.Formats.Text;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>A look at a recognised body before it is parsed. Tests use it to stand in for a parser that throws.</summary>
public delegate void BodyProbe(ReadOnlySpan<byte> body);

/// <summary>A log source type, compiled from its file: how its records are recognised, read and mapped. Immutable after load but for what
/// it learns of key names.</summary>
public sealed class SourceType
{
    /// <summary>What no type claims goes under this one (QRadar's id and name).</summary>
    public const string GenericId = "generic", GenericName = "SIM Generic Log DSM";
    public const int GenericDeviceType = 8;

    /// <summary>Captures one pattern may have.</summary>
    internal const int MostCaptures = 64;

    internal SourceType(string id, string name, int deviceType, QidRecord unknown) =>
        (Id, Name, DeviceType, Unknown) = (id, name, deviceType, unknown);

    /// <summary>The content file's name: <c>linux-os</c>.</summary>
    public string Id { get; }

    /// <summary>QRadar's name of the type, LOGSOURCETYPENAME.</summary>
    public string Name { get; }

    /// <summary>QRadar's log source type id.</summary>
    public int DeviceType { get; }

    /// <summary>The record for an event of this type that its map does not hold.</summary>
    public QidRecord Unknown { get; }

    /// <summary>How to make such sources send here.</summary>
    public IReadOnlyList<SetupText> Setup { get; init; } = [];

    /// <summary>Called with every body of this type before it is parsed.</summary>
    public BodyProbe? Probe { get; set; }

    /// <summary>How its records are recognised, the surest rule first; set when all types are loaded.</summary>
    internal Recognition[] Rules { get; set; } = [];

    internal SourceEvents Events { get; init; } = SourceEvents.None;
    internal RawNames Names { get; init; } = new();

    /// <summary>By slot: what becomes of the raw value.</summary>
    internal ValueAction[][] Actions { get; set; } = [];
    internal MessagePattern? Lead { get; init; }
    internal int[] LeadSlots { get; init; } = [];
    internal PairReader? Pairs { get; init; }
    internal bool DropOthers { get; init; }
    internal Template? Event { get; init; }
    internal Template? Category { get; init; }
    internal SetAction[] Set { get; init; } = [];
    internal SlotCondition? Swap { get; init; }
    internal TimeFormat[] Time { get; init; } = [];
    internal BytesTable<bool>? Absent { get; init; }
    internal BytesTable<LoginKind>? Logins { get; init; }
    internal MessageIndex Messages { get; init; } = MessageIndex.None;

    /// <summary>Keys that no map names, and the property each became; -1 when there was no room for it.</summary>
    internal BytesTable<int> OtherKeys { get; } = new();

    public override string ToString() => Id;
}

/// <summary>The raw names a type speaks of, numbered: values are kept by number while a record is read. The header's values stand under
/// names that begin with @.</summary>
sealed class RawNames
{
    public const int Application = 0, HostName = 1, ProcessId = 2, MessageId = 3, FirstOwn = 4;

    readonly BytesTable<int> _slots = new();
    readonly List<string> _names = [];

    public RawNames()
    {
        foreach (string name in (string[])["@application", "@hostname", "@processid", "@messageid"]) Slot(name);
    }

    public int Count => _names.Count;
    public string Name(int slot) => _names[slot];
    public bool TryFind(ReadOnlySpan<byte> name, out int slot) => _slots.TryFind(name, out slot);

    public int Slot(string name)
    {
        if (_slots.TryFind(System.Text.Encoding.UTF8.GetBytes(name), out int slot)) return slot;
        _slots.Add(name, _names.Count);
        _names.Add(name);
        return _names.Count - 1;
    }
}

enum ValueTarget : byte
{
    Address,
    Port,
    Number,
    Severity,
    Protocol,
    Mac,
    Flag,
    Text,
    UserName,
    Property,
}

enum Transform : byte
{
    None,
    Lower,
    Upper,
    Verbatim,
    Account,
    Host,
    Hex,
    First,
    Trim,
}

/// <summary>One thing that becomes of a raw value.</summary>
/// <param name="Field">The field to fill; null for a property.</param>
/// <param name="Property">Id in the property catalogue.</param>
/// <param name="Values">Value map; <paramref name="Otherwise"/> is for what it does not list.</param>
sealed record ValueAction(ValueTarget Target, Field? Field, int Property, Transform Transform, BytesTable<string>? Values,
    string? Otherwise);

/// <summary>A fixed value or a copy for a field or property that the record left empty.</summary>
/// <param name="Slot">Raw value to copy, or -1.</param>
/// <param name="From">Field to copy, or null.</param>
sealed record SetAction(ValueAction To, string Constant, int Slot, Field? From);

sealed record SlotCondition(int Slot, BytesTable<bool> Values)
{
    public bool Holds(ReadOnlySpan<byte> value) => Values.TryFind(value, out _);
}

/// <summary>Literal text with raw values in it: <c>{type}:{subtype}</c>.</summary>
sealed class Template
{
    readonly List<(byte[] Literal, int Slot)> _parts = [];

    /// <summary>The text when it holds no raw value.</summary>
    public string? Constant { get; }

    /// <summary>A mistake in the text, or null.</summary>
    public string? Fault { get; }

    public Template(string text, RawNames names)
    {
        int at = 0;
        while (at < text.Length)
        {
            int open = text.IndexOf('{', at), close = open < 0 ? -1 : text.IndexOf('}', open);
            if (open >= 0 && close < open + 2)
            {
                Fault = "a { needs a name and a }";
                return;
            }
            string literal = open < 0 ? text[at..] : text[at..open];
            _parts.Add((System.Text.Encoding.UTF8.GetBytes(literal), open < 0 ? -1 : names.Slot(text[(open + 1)..close])));
            at = open < 0 ? text.Length : close + 1;
        }
        if (_parts.TrueForAll(p => p.Slot < 0)) Constant = text;
    }

    /// <summary>Writes the text; false when one of its raw values is absent or the text is longer than the room.</summary>
    public bool TryWrite(RawValues raw, ReadOnlySpan<byte> bytes, Span<byte> to, out int written)
    {
        written = 0;
        foreach (var (literal, slot) in _parts)
        {
            if (literal.Length > to.Length - written) return false;
            literal.CopyTo(to[written..]);
            written += literal.Length;
            if (slot < 0) continue;
            var value = raw[slot];
            if (value.Length == 0 || value.Length > to.Length - written) return false;
            bytes.Slice(value.Start, value.Length).CopyTo(to[written..]);
            written += value.Length;
        }
        return true;
    }
}

/// <summary>The raw values of the record at hand: by slot, in the order they were found. The first value of a name stays.</summary>
sealed class RawValues
{
    Slice[] _values = new Slice[64];
    int[] _round = new int[64];
    int[] _order = new int[64];
    int _now;

    public int Count { get; private set; }

    public void Begin(int slots)
    {
        if (slots > _values.Length)
        {
            Array.Resize(ref _values, slots * 2);
            Array.Resize(ref _round, slots * 2);
            Array.Resize(ref _order, slots * 2);
        }
        _now++;
        Count = 0;
    }

    /// <summary>The value of a slot; NULL when the record has none.</summary>
    public Slice this[int slot] => _round[slot] == _now ? _values[slot] : default;

    /// <summary>The slot found as the n-th.</summary>
    public int Found(int n) => _order[n];

    public void Put(int slot, Slice value)
    {
        if (_round[slot] == _now) return;
        _round[slot] = _now;
        _values[slot] = value;
        _order[Count++] = slot;
    }
}
