using System.Runtime.CompilerServices;
using Portolan.Formats.Text;

namespace Portolan.Collect.LogSources;

/// <summary>What recognition looks at. Spans of one message.</summary>
readonly ref struct Recognizable(ReadOnlySpan<byte> body, ReadOnlySpan<byte> application, ReadOnlySpan<byte> messageId,
    ReadOnlySpan<byte> structuredData)
{
    public readonly ReadOnlySpan<byte> Body = body;
    public readonly ReadOnlySpan<byte> Application = application;
    public readonly ReadOnlySpan<byte> MessageId = messageId;
    public readonly ReadOnlySpan<byte> StructuredData = structuredData;
}

/// <summary>A recognition rule, compiled. All conditions hold together.</summary>
sealed class Recognition(SourceType type, int certainty, int order)
{
    public SourceType Type => type;
    public int Certainty => certainty;

    /// <summary>Place among rules of the same certainty: by type id, so that the answer does not depend on the order of loading.</summary>
    public int Order => order;

    readonly BytesTable<bool> _applications = new();

    public byte[][] Applications
    {
        get => [.. _applications.Keys];
        init
        {
            foreach (byte[] name in value) _applications[name] = true;
        }
    }

    public byte[][] ApplicationStarts { get; init; } = [];
    public byte[][] MessageIds { get; init; } = [];
    public byte[][] MessageIdStarts { get; init; } = [];
    public byte[][] StructuredData { get; init; } = [];
    public byte[][] Prefixes { get; init; } = [];
    public byte[][] Contains { get; init; } = [];
    public byte[][] Excludes { get; init; } = [];
    public MessagePattern[] Patterns { get; init; } = [];

    /// <summary>leef, cef or json.</summary>
    public string? Syntax { get; init; }
    public byte[][] Vendors { get; init; } = [];
    public byte[][] Products { get; init; } = [];
    public (int Column, byte[][] Values)[] Columns { get; init; } = [];

    [SkipLocalsInit]
    public bool Holds(in Recognizable m)
    {
        if (_applications.Count + ApplicationStarts.Length > 0 && !_applications.TryFind(m.Application, out _)
            && !StartsWithOneOf(m.Application, ApplicationStarts)) return false;
        if (MessageIds.Length + MessageIdStarts.Length > 0 && !IsOneOf(m.MessageId, MessageIds)
            && !StartsWithOneOf(m.MessageId, MessageIdStarts)) return false;
        if (StructuredData.Length > 0 && (m.StructuredData.Length < 2 || !StartsWithOneOf(m.StructuredData[1..], StructuredData)))
            return false;
        if (Prefixes.Length > 0 && !StartsWithOneOf(m.Body, Prefixes)) return false;
        if (Syntax != null && !HasSyntax(m.Body)) return false;
        foreach (var (column, values) in Columns)
        {
            if (!IsOneOf(Column(m.Body, column, (byte)','), values)) return false;
        }
        foreach (byte[] part in Contains)
        {
            if (m.Body.IndexOf(part) < 0) return false;
        }
        foreach (byte[] part in Excludes)
        {
            if (m.Body.IndexOf(part) >= 0) return false;
        }
        if (Patterns.Length == 0) return true;
        Span<Capture> captures = stackalloc Capture[SourceType.MostCaptures];
        foreach (var pattern in Patterns)
        {
            if (pattern.TryMatch(m.Body, captures, out _)) return true;
        }
        return false;
    }

    /// <summary>By byte, whether a body that fits can begin with it; null when that may be any.</summary>
    public bool[]? FirstBytes()
    {
        var marks = new bool[256];
        if (Prefixes.Length > 0)
        {
            foreach (byte[] prefix in Prefixes) marks[prefix[0]] = true;
            return marks;
        }
        if (Syntax != null)
        {
            marks[Syntax switch { "json" => '{', "leef" => 'L', _ => 'C' }] = true;
            return marks;
        }
        return Patterns.Length > 0 && Array.TrueForAll(Patterns, p => p.TryFirstBytes(marks)) ? marks : null;
    }

    bool HasSyntax(ReadOnlySpan<byte> body)
    {
        if (Syntax == "json") return body.Length >= 2 && body[0] == '{' && body.TrimEnd(" \r\n"u8)[^1] == '}';
        if (!body.StartsWith(Syntax == "leef" ? "LEEF:"u8 : "CEF:"u8)) return false;
        return (Vendors.Length == 0 || IsOneOf(Column(body, 2, (byte)'|'), Vendors))
            && (Products.Length == 0 || IsOneOf(Column(body, 3, (byte)'|'), Products));
    }

    /// <summary>The n-th column from 1; empty when there are fewer.</summary>
    static ReadOnlySpan<byte> Column(ReadOnlySpan<byte> text, int column, byte separator)
    {
        while (--column > 0)
        {
            int n = text.IndexOf(separator);
            if (n < 0) return default;
            text = text[(n + 1)..];
        }
        int end = text.IndexOf(separator);
        return end < 0 ? text : text[..end];
    }

    static bool IsOneOf(ReadOnlySpan<byte> text, byte[][] values)
    {
        foreach (byte[] value in values)
        {
            if (text.SequenceEqual(value)) return true;
        }
        return false;
    }

    static bool StartsWithOneOf(ReadOnlySpan<byte> text, byte[][] starts)
    {
        foreach (byte[] start in starts)
        {
            // The last byte tells most of a vendor's prefixes apart, for less than a compare.
            if (start.Length <= text.Length && (start.Length == 0 || text[start.Length - 1] == start[^1]) && text.StartsWith(start)) return true;
        }
        return false;
    }
}

/// <summary>
/// Says which type a message is of: the fitting rule of the highest certainty. Rules are found by application and by the byte that a body
/// which fits begins with, so that the cost does not grow with the number of types; only rules that name neither are asked one by one.
/// </summary>
sealed class Recognizer
{
    /// <summary>From this certainty on the remembered type's own rule is enough.</summary>
    public const int Unmistakable = 80;

    readonly BytesTable<Recognition[]> _byApplication = new();
    readonly Recognition[]?[] _byFirstByte = new Recognition[]?[256];
    readonly Recognition[] _others;

    public Recognizer(IReadOnlyList<Recognition> rules)
    {
        foreach (byte[] application in rules.SelectMany(r => r.Applications).Distinct(ByteArrays.Comparer))
            _byApplication[application] = Sorted(rules.Where(r => r.Applications.Contains(application, ByteArrays.Comparer)));
        var byStart = rules.Where(r => r.Applications.Length == 0).Select(r => (Rule: r, First: r.FirstBytes())).ToList();
        for (int b = 0; b < 256; b++)
        {
            var fitting = Sorted(byStart.Where(r => r.First is { } first && first[b]).Select(r => r.Rule));
            if (fitting.Length > 0) _byFirstByte[b] = fitting;
        }
        // A rule with both exact applications and starts is found under either.
        _others = Sorted(byStart.Where(r => r.First == null).Select(r => r.Rule)
            .Concat(rules.Where(r => r.Applications.Length > 0 && r.ApplicationStarts.Length > 0)));
        foreach (var own in rules.GroupBy(r => r.Type)) own.Key.Rules = Sorted(own);
    }

    static Recognition[] Sorted(IEnumerable<Recognition> rules) => [.. rules.OrderByDescending(r => r.Certainty).ThenBy(r => r.Order)];

    /// <summary>The type, or null; <paramref name="remembered"/> is asked first and wins ties.</summary>
    public Recognition? Recognize(in Recognizable message, SourceType? remembered)
    {
        Recognition? best = null;
        if (remembered != null) Best(remembered.Rules, message, remembered, ref best);
        if (best is { Certainty: >= Unmistakable }) return best;
        bool tagged = message.Application.Length > 0;
        // An empty name stands for messages without an application: what they begin with usually says more, so it is asked first.
        _byApplication.TryFind(message.Application, out var byApplication);
        if (tagged && byApplication != null) Best(byApplication, message, remembered, ref best);
        if (message.Body.Length > 0 && _byFirstByte[message.Body[0]] is { } byFirst) Best(byFirst, message, remembered, ref best);
        if (!tagged && byApplication != null) Best(byApplication, message, remembered, ref best);
        Best(_others, message, remembered, ref best);
        return best;
    }

    static void Best(Recognition[] rules, in Recognizable message, SourceType? remembered, ref Recognition? best)
    {
        foreach (var rule in rules)
        {
            if (best != null)
            {
                if (rule.Certainty < best.Certainty) return;
                if (rule.Certainty == best.Certainty && (ReferenceEquals(best.Type, remembered) || rule.Order >= best.Order)) continue;
            }
            if (rule.Holds(message)) best = rule;
        }
    }
}
