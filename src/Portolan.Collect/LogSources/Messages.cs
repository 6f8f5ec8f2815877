using Portolan.Collect.Qid;
using Portolan.Formats.Text;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>One kind of message of a type, compiled.</summary>
sealed class Message
{
    public required long Line { get; init; }

    /// <summary>The mapped event when neither id nor category depend on the record; else null and the templates stand.</summary>
    public MappedEvent? Fixed { get; init; }
    public Template? Event { get; init; }
    public Template? Category { get; init; }
    public BytesTable<bool>? Applications { get; init; }
    public SlotCondition[] When { get; init; } = [];

    /// <summary>The slot the patterns are matched on; -1 is the text.</summary>
    public int Of { get; init; } = -1;
    public MessagePattern[] Patterns { get; init; } = [];

    /// <summary>By pattern and capture: its slot.</summary>
    public int[][] CaptureSlots { get; init; } = [];
    public PairReader? Pairs { get; init; }

    /// <summary>The slot that <see cref="Pairs"/> reads; -1 is the text.</summary>
    public int Rest { get; init; } = -1;

    /// <summary>By slot, what this message does otherwise than its type; null entries are the type's.</summary>
    public ValueAction[]?[]? Actions { get; set; }
    public SetAction[] Set { get; init; } = [];
    public SlotCondition? Swap { get; init; }
    public bool DirectionUnknown { get; init; }
    public LoginKind Login { get; init; }
}

/// <summary>A step in finding the message: one with conditions of its own, or several that their text patterns alone tell apart.</summary>
sealed class MessageStep
{
    public Message? Single { get; init; }
    public MessagePatternSet? Set { get; init; }

    /// <summary>By pattern of the set: its message.</summary>
    public Message[] Owners { get; init; } = [];

    /// <summary>By name of the set: its slot.</summary>
    public int[] Slots { get; init; } = [];
}

/// <summary>
/// The messages of a type in their order, narrowed by one look-up: by the header's application where messages name it, else by the raw
/// value that most of them ask for. What the look-up leaves is asked in order, neighbours with nothing but a pattern as one set.
/// </summary>
sealed class MessageIndex
{
    public static readonly MessageIndex None = new([], new());

    readonly BytesTable<MessageStep[]> _byValue = new();
    readonly MessageStep[] _others;
    readonly int _slot = -1;

    public MessageIndex(IReadOnlyList<Message> messages, RawNames names)
    {
        All = messages;
        if (messages.Any(m => m.Applications != null)) _slot = RawNames.Application;
        else if (messages.SelectMany(m => m.When).GroupBy(w => w.Slot).MaxBy(g => g.Count()) is { } most) _slot = most.Key;
        var keys = messages.Select(Key).OfType<BytesTable<bool>>().SelectMany(t => t.Keys).Distinct(ByteArrays.Comparer).ToList();
        foreach (byte[] key in keys)
            _byValue[key] = Steps(messages.Where(m => Key(m) is not { } values || values.TryFind(key, out _)), names);
        _others = Steps(messages.Where(m => Key(m) == null), names);
    }

    public IReadOnlyList<Message> All { get; }

    BytesTable<bool>? Key(Message m) => _slot switch
    {
        -1 => null,
        RawNames.Application => m.Applications,
        _ => m.When.FirstOrDefault(w => w.Slot == _slot)?.Values,
    };

    MessageStep[] Steps(IEnumerable<Message> messages, RawNames names)
    {
        var steps = new List<MessageStep>();
        var run = new List<Message>();
        foreach (var m in messages)
        {
            bool plain = m.Of < 0 && m.Patterns.Length > 0 && Array.TrueForAll(m.When, w => w.Slot == _slot);
            if (plain)
            {
                run.Add(m);
                continue;
            }
            Close();
            steps.Add(new() { Single = m });
        }
        Close();
        return [.. steps];

        void Close()
        {
            if (run.Count == 0) return;
            var set = new MessagePatternSet([.. run.SelectMany(m => m.Patterns)]);
            steps.Add(new()
            {
                Set = set,
                Owners = [.. run.SelectMany(m => m.Patterns.Select(_ => m))],
                Slots = [.. set.Names.Select(names.Slot)]
            });
            run.Clear();
        }
    }

    /// <summary>What to ask, in order. Conditions on the value that was looked up hold already.</summary>
    public MessageStep[] Candidates(RawValues raw, ReadOnlySpan<byte> bytes)
    {
        if (_slot < 0) return _others;
        var value = raw[_slot];
        return value.Length > 0 && _byValue.TryFind(bytes.Slice(value.Start, value.Length), out var found) ? found : _others;
    }
}

sealed class ByteArrays : IEqualityComparer<byte[]>
{
    public static readonly ByteArrays Comparer = new();

    public bool Equals(byte[]? a, byte[]? b) => a.AsSpan().SequenceEqual(b);

    public int GetHashCode(byte[] key)
    {
        var hash = new HashCode();
        hash.AddBytes(key);
        return hash.ToHashCode();
    }
}
