using System.Buffers;

namespace Portolan.Formats.Cef;

/// <summary>
/// ArcSight Common Event Format, versions 0 and 1: <c>CEF:0|vendor|product|version|class|name|severity|extension</c>. The header comes as
/// <c>cefVersion deviceVendor deviceProduct deviceVersion deviceEventClassId name severity</c>.
/// <para>A value of the extension runs until the next <c> key=</c>; a key is letters, digits, <c>_ . - [ ]</c> after a space, so that an
/// unescaped
/// <c>=</c> inside a value (a URL) does not end it. <c>cs1=x cs1Label=Rule</c> becomes <c>Rule=x</c> (also cn, cfp, c6a, flex…,
/// deviceCustom…).</para>
/// </summary>
public static class CefSyntax
{
    static readonly SearchValues<byte> PipeOrBackslash = SearchValues.Create("|\\"u8);
    static readonly SearchValues<byte> EqualsOrBackslash = SearchValues.Create("=\\"u8);
    static readonly SearchValues<byte> KeyBytes =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-[]"u8);

    public static bool Parse(ReadOnlySpan<byte> text, PairList into)
    {
        if (!text.StartsWith("CEF:"u8)) return false;
        int i = 4;
        if (!TryHeader(text, ref i, "cefVersion"u8, into) || !TryHeader(text, ref i, "deviceVendor"u8, into)
            || !TryHeader(text, ref i, "deviceProduct"u8, into) || !TryHeader(text, ref i, "deviceVersion"u8, into)
            || !TryHeader(text, ref i, "deviceEventClassId"u8, into) || !TryHeader(text, ref i, "name"u8, into)) return false;
        if (!TryHeader(text, ref i, "severity"u8, into))
        {
            // Without extension some senders leave out the last pipe.
            into.AddNamed("severity"u8, i, text.Length - i);
            return true;
        }
        Extension(text, i, into);
        FoldLabels(text, into);
        return true;
    }

    static bool TryHeader(ReadOnlySpan<byte> text, ref int i, ReadOnlySpan<byte> name, PairList into)
    {
        var flags = PairFlags.None;
        for (int at = i; at < text.Length; at += 2)
        {
            int n = text[at..].IndexOfAny(PipeOrBackslash);
            if (n < 0) return false;
            at += n;
            if (text[at] == '|')
            {
                into.AddNamed(name, i, at - i, flags);
                i = at + 1;
                return true;
            }
            flags = PairFlags.ValueEscaped;
        }
        return false;
    }

    static void Extension(ReadOnlySpan<byte> text, int i, PairList into)
    {
        int first = i, key = -1, keyLength = 0, value = 0;
        bool escaped = false;
        while (i < text.Length)
        {
            int n = text[i..].IndexOfAny(EqualsOrBackslash);
            if (n < 0) break;
            i += n;
            if (text[i] == '\\')
            {
                escaped = true;
                i += 2;
                continue;
            }
            // Back to the space before the word that this = ends: is it a key?
            int floor = key < 0 ? first : value;
            int start = floor + text[floor..i].LastIndexOfAnyExcept(KeyBytes) + 1;
            bool isKey = start < i && (start > floor ? text[start - 1] == ' ' : key < 0);
            if (isKey)
            {
                if (key >= 0) Add(text, key, keyLength, value, start - 1, escaped, into);
                key = start;
                keyLength = i - start;
                value = i + 1;
                escaped = false;
            }
            i++;
        }
        if (key >= 0) Add(text, key, keyLength, value, text.Length, escaped, into);
    }

    static void Add(ReadOnlySpan<byte> text, int key, int keyLength, int value, int end, bool escaped, PairList into)
    {
        // The spaces before the next key are not the value's, unless the sender escaped one.
        while (end > value && text[end - 1] == ' ') end--;
        into.Add(key, keyLength, value, Math.Max(end - value, 0), escaped ? PairFlags.ValueEscaped : 0);
    }

    static void FoldLabels(ReadOnlySpan<byte> text, PairList into)
    {
        Span<bool> remove = stackalloc bool[into.Count];
        remove.Clear();
        bool any = false;
        for (int l = 0; l < into.Count; l++)
        {
            var label = into[l];
            if (label.KeyLength is < 8 or > 40 || label.ValueLength == 0 || (label.Flags & PairFlags.KeyInList) != 0) continue;
            var name = text.Slice(label.KeyStart, label.KeyLength);
            if (!name.EndsWith("Label"u8) || name[0] is not ((byte)'c' or (byte)'f' or (byte)'d')) continue;
            name = name[..^5];
            for (int p = 0; p < into.Count; p++)
            {
                if (into[p].KeyLength != name.Length || remove[p] || !into.Key(text, into[p]).SequenceEqual(name)) continue;
                into.Rename(p, label.ValueStart, label.ValueLength, label.ValueEscaped);
                remove[l] = true;
                any = true;
                break;
            }
        }
        if (any) into.RemoveWhere(remove);
    }

    /// <summary><c>\=</c>, <c>\|</c>, <c>\\</c> lose their backslash; <c>\n</c> and <c>\r</c> are line ends; other backslashes
    /// stay.</summary>
    public static int Unescape(ReadOnlySpan<byte> value, Span<byte> to)
    {
        int w = 0;
        for (int i = 0; i < value.Length; i++)
        {
            byte b = value[i];
            if (b == '\\' && i + 1 < value.Length)
            {
                byte next = value[i + 1];
                byte meant = next switch
                {
                    (byte)'n' => (byte)'\n',
                    (byte)'r' => (byte)'\r',
                    (byte)'=' or (byte)'|' or (byte)'\\' => next,
                    _ => 0,
                };
                if (meant != 0)
                {
                    b = meant;
                    i++;
                }
            }
            to[w++] = b;
        }
        return w;
    }
}
