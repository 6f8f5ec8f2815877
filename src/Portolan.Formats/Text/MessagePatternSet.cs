namespace Portolan.Formats.Text;

/// <summary>
/// Many patterns asked as one: the first declared among those that match. A tree over what the patterns begin with (text, and numbers
/// within it as in
/// <c>%ASA-{_:int}-302013: </c>) leaves the few that can match, so that hundreds cost about as much as one. Immutable, for any number of
/// threads.
/// </summary>
public sealed class MessagePatternSet
{
    readonly MessagePattern[] _patterns;
    readonly int[][] _names;
    readonly Node _root = new([]);

    public MessagePatternSet(IReadOnlyList<MessagePattern> patterns)
    {
        _patterns = [.. patterns];
        var names = new List<string>();
        _names = new int[_patterns.Length][];
        for (int p = 0; p < _patterns.Length; p++)
        {
            _names[p] = [.. _patterns[p].Names.Select(Index)];
            Add(p);
            MaxCaptures = Math.Max(MaxCaptures, _patterns[p].MaxCaptures);
        }
        Names = names;

        int Index(string name)
        {
            int i = names.IndexOf(name);
            if (i >= 0) return i;
            names.Add(name);
            return names.Count - 1;
        }
    }

    public int Count => _patterns.Length;

    /// <summary>The capture names of all patterns: what <see cref="Capture.Name"/> indexes.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Room that <see cref="TryMatch"/> needs.</summary>
    public int MaxCaptures { get; }

    public MessagePattern this[int index] => _patterns[index];

    /// <param name="pattern">Which pattern matched, by its place in the list given.</param>
    public bool TryMatch(ReadOnlySpan<byte> message, Span<Capture> captures, out int pattern, out int count)
    {
        int words = (_patterns.Length + 63) / 64;
        Span<ulong> candidates = words <= 64 ? stackalloc ulong[words] : new ulong[words];
        candidates.Clear();
        Collect(_root, MessagePattern.Trim(message), 0, candidates);
        for (int w = 0; w < words; w++)
        {
            for (ulong bits = candidates[w]; bits != 0; bits &= bits - 1)
            {
                pattern = w * 64 + System.Numerics.BitOperations.TrailingZeroCount(bits);
                if (!_patterns[pattern].TryMatch(message, captures, out count)) continue;
                var names = _names[pattern];
                for (int c = 0; c < count; c++) captures[c] = captures[c] with { Name = names[captures[c].Name] };
                return true;
            }
        }
        pattern = -1;
        count = 0;
        return false;
    }

    static void Collect(Node node, ReadOnlySpan<byte> m, int at, Span<ulong> candidates)
    {
        while (true)
        {
            foreach (int p in node.Ends) candidates[p >> 6] |= 1UL << (p & 63);
            if (node.Number != null)
            {
                // The same run of bytes that the matcher of int will take.
                int sign = at < m.Length && m[at] is (byte)'-' or (byte)'+' ? 1 : 0;
                int digits = at < m.Length ? Matchers.Digits(m[(at + sign)..]) : 0;
                if (digits > 0) Collect(node.Number, m, at + sign + digits, candidates);
            }
            if (at >= m.Length || !node.TryChild(m[at], out var child) || !m[at..].StartsWith(child.Text)) return;
            at += child.Text.Length;
            node = child;
        }
    }

    void Add(int p)
    {
        var node = _root;
        foreach (ref readonly var step in _patterns[p].Steps)
        {
            if (step.Kind == StepKind.Literal) node = node.Down(step.Literal);
            else if (step.Kind == StepKind.Int) node = node.Number ??= new([]);
            else break;
        }
        node.Ends.Add(p);
    }

    /// <summary>A place in the tree, reached by its text from the one above.</summary>
    sealed class Node(byte[] text)
    {
        readonly List<Node> _children = [];
        byte[] _first = [];

        public byte[] Text { get; private set; } = text;

        /// <summary>Patterns whose beginning ends here.</summary>
        public List<int> Ends { get; private set; } = [];

        public Node? Number { get; set; }

        public bool TryChild(byte first, out Node child)
        {
            int i = _first.AsSpan().IndexOf(first);
            child = i < 0 ? null! : _children[i];
            return i >= 0;
        }

        /// <summary>The node below at that text, made or split off as needed.</summary>
        public Node Down(ReadOnlySpan<byte> text)
        {
            if (text.IsEmpty) return this;
            if (!TryChild(text[0], out var child))
            {
                child = new(text.ToArray());
                _children.Add(child);
                _first = [.. _first, text[0]];
                return child;
            }
            int common = child.Text.AsSpan().CommonPrefixLength(text);
            if (common < child.Text.Length) child.Split(common);
            return child.Down(text[common..]);
        }

        void Split(int at)
        {
            var below = new Node(Text[at..]) { Ends = Ends, Number = Number };
            below._children.AddRange(_children);
            below._first = _first;
            Text = Text[..at];
            Ends = [];
            Number = null;
            _children.Clear();
            _children.Add(below);
            _first = [below.Text[0]];
        }
    }
}
