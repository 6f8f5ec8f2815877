using System.Buffers;
using System.Text;
using Portolan.Collect.Pipeline;
using Portolan.Formats;
using Portolan.Formats.Cef;
using Portolan.Formats.Delimited;
using Portolan.Formats.Json;
using Portolan.Formats.KeyValue;
using Portolan.Formats.Leef;
using Portolan.Formats.Syslog;
using Portolan.Model;

namespace Portolan.Collect.LogSources;

/// <summary>Reads a text by a key-value syntax into raw values; keys that the type does not speak of become properties of their own
/// name.</summary>
sealed class PairReader
{
    readonly ParsePairs _parse;
    readonly UnescapeValue _unescape;
    readonly int _by;
    readonly BytesTable<int[]>? _columns;
    readonly int[]? _otherColumns;
    readonly PairReader? _otherwise;

    public PairReader(SyntaxDefinition syntax, RawNames names)
    {
        Kind = syntax.Kind;
        if (syntax.Otherwise is { } otherwise) _otherwise = new(otherwise, names);
        byte separator = (byte)(syntax.Separator ?? (syntax.Kind == "delimited" ? "," : " "))[0];
        (_parse, _unescape) = syntax.Kind switch
        {
            "leef" => (LeefSyntax.Parse, LeefSyntax.Unescape),
            "cef" => (CefSyntax.Parse, CefSyntax.Unescape),
            "json" => (JsonSyntax.Parse, JsonSyntax.Unescape),
            "structured-data" => (StructuredData.Parse, StructuredData.Unescape),
            "delimited" => (new DelimitedSyntax(separator).Parse, DelimitedSyntax.Unescape),
            _ => ((ParsePairs)new KeyValueSyntax(separator, (byte)(syntax.EqualsSign ?? "=")[0]).Parse,
                (UnescapeValue)KeyValueSyntax.Unescape),
        };
        if (syntax.Kind != "delimited") return;
        _by = syntax.By;
        _columns = new();
        foreach (var (value, columns) in syntax.Columns)
        {
            int[] slots = [.. columns.Select(c => c == null ? -1 : names.Slot(c))];
            if (value is "" or "*") _otherColumns = slots;
            else _columns.Add(value, slots);
        }
    }

    public string Kind { get; }

    /// <summary>Reads the text at a place of the batch's slab.</summary>
    /// <returns>False when the text is not of this syntax nor of one declared after it, or is a delimited record of an unknown
    /// kind.</returns>
    public bool Read(SourceType type, EventBatch batch, Slice text, PairList pairs, RawValues raw, RowWriter row,
        PropertyCatalogue properties) =>
        ReadThis(type, batch, text, pairs, raw, row, properties)
        || _otherwise != null && _otherwise.Read(type, batch, text, pairs, raw, row, properties);

    bool ReadThis(SourceType type, EventBatch batch, Slice text, PairList pairs, RawValues raw, RowWriter row, PropertyCatalogue properties)
    {
        pairs.Clear();
        var bytes = batch.Span(text);
        if (!_parse(bytes, pairs)) return false;
        if (_columns != null) return Columns(batch, text, pairs, raw);
        foreach (ref readonly var pair in pairs.Pairs)
        {
            if (pair.ValueLength == 0 || pair.IsNull) continue;
            var key = pairs.Key(bytes, pair);
            if (type.Names.TryFind(key, out int slot)) raw.Put(slot, Value(batch, text, pair));
            else if (!type.DropOthers && Other(type, key, properties) is var property and >= 0)
                row.Other(property, Value(batch, text, pair));
        }
        return true;
    }

    bool Columns(EventBatch batch, Slice text, PairList pairs, RawValues raw)
    {
        int[]? slots = _otherColumns;
        if (_by > 0 && _by <= pairs.Count && _columns!.TryFind(pairs.Value(batch.Span(text), pairs[_by - 1]), out var found)) slots = found;
        if (slots == null) return false;
        int n = Math.Min(slots.Length, pairs.Count);
        for (int i = 0; i < n; i++)
        {
            if (slots[i] >= 0 && pairs[i].ValueLength > 0) raw.Put(slots[i], Value(batch, text, pairs[i]));
        }
        return true;
    }

    Slice Value(EventBatch batch, Slice text, in Pair pair)
    {
        var value = new Slice(text.Start + pair.ValueStart, pair.ValueLength);
        if (!pair.ValueEscaped) return value;
        var plain = batch.Reserve(value.Length);
        int n = _unescape(batch.Span(value), batch.Bytes.AsSpan(plain.Start, plain.Length));
        return plain with { Length = n };
    }

    static int Other(SourceType type, ReadOnlySpan<byte> key, PropertyCatalogue properties)
    {
        if (type.OtherKeys.TryFind(key, out int property)) return property;
        if (key.Length > 128 || type.OtherKeys.Count >= RowWriter.MostPropertiesPerType) return -1;
        if (!System.Text.Unicode.Utf8.IsValid(key) || !IsName(Encoding.UTF8.GetString(key)) || !properties.TryAdd(Encoding.UTF8.GetString(key), out property)) property = -1;
        type.OtherKeys[key.ToArray()] = property;
        return property;
    }

    // A name stands in menus, headings and completions: what ends a line there, or turns the text around it, is none.
    static bool IsName(string key) => !key.AsSpan().ContainsAny(NoName) && !key.Any(char.IsControl);

    static readonly SearchValues<char> NoName = SearchValues.Create("\u2028\u2029\u200e\u200f\u061c\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069");
}
