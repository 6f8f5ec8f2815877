using System.Globalization;
using System.Text;

namespace Portolan.Output;

/// <summary>Text as a terminal shows it: what would steer the terminal is written out, and its width is counted in cells.</summary>
static class Visible
{
    /// <summary>
    /// Control characters, line separators and the marks that turn the direction of writing become <c>\n</c>, <c>\t</c>, <c>\x1b</c>,
    /// <c>\u202e</c>; half surrogates become U+FFFD.
    /// </summary>
    public static string Text(string text, bool keepNewlines = false)
    {
        int first = 0;
        while (first < text.Length && !IsHidden(text[first]) && !char.IsSurrogate(text[first])) first++;
        if (first == text.Length) return text;
        var shown = new StringBuilder(text.Length + 16);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!rune.IsBmp || !IsHidden((char)rune.Value) || keepNewlines && rune.Value == '\n') shown.Append(rune.ToString());
            else shown.Append(rune.Value switch
            {
                '\n' => "\\n",
                '\r' => "\\r",
                '\t' => "\\t",
                < 0x80 => string.Create(CultureInfo.InvariantCulture, $"\\x{rune.Value:x2}"),
                _ => string.Create(CultureInfo.InvariantCulture, $"\\u{rune.Value:x4}"),
            });
        }
        return shown.ToString();
    }

    static bool IsHidden(char c) => char.IsControl(c)
        || c is '\u061c' or '\u200b' or '\u200e' or '\u200f' or '\u2028' or '\u2029' or '\ufeff'
        || c is >= '\u202a' and <= '\u202e' or >= '\u2066' and <= '\u2069';

    /// <summary>
    /// Cells the text takes: wide characters two, marks that sit on another none (Unicode UAX #11, rounded to whole blocks).
    /// </summary>
    public static int Width(ReadOnlySpan<char> text)
    {
        if (System.Text.Ascii.IsValid(text)) return text.Length;
        int cells = 0;
        foreach (var rune in text.EnumerateRunes()) cells += Width(rune);
        return cells;
    }

    static int Width(Rune rune)
    {
        int c = rune.Value;
        if (c < 0x300) return 1;
        var category = Rune.GetUnicodeCategory(rune);
        if (category is UnicodeCategory.NonSpacingMark or UnicodeCategory.EnclosingMark or UnicodeCategory.Format) return 0;
        foreach (var (from, to) in Wide)
        {
            if (c < from) return 1;
            if (c <= to) return 2;
        }
        return 1;
    }

    // Blocks whose characters are East Asian wide or fullwidth, or emoji shown as pictures; ascending.
    static readonly (int From, int To)[] Wide =
    [
        (0x1100, 0x115f), (0x231a, 0x231b), (0x2329, 0x232a), (0x23e9, 0x23ec), (0x2614, 0x2615), (0x26a1, 0x26a1), (0x2705, 0x2705),
        (0x274c, 0x274c), (0x2753, 0x2755), (0x2e80, 0x303e), (0x3041, 0x33ff), (0x3400, 0x4dbf), (0x4e00, 0x9fff), (0xa000, 0xa4cf),
        (0xa960, 0xa97f), (0xac00, 0xd7a3), (0xf900, 0xfaff), (0xfe10, 0xfe19), (0xfe30, 0xfe6f), (0xff01, 0xff60), (0xffe0, 0xffe6),
        (0x16fe0, 0x18cff), (0x1aff0, 0x1b2ff), (0x1f004, 0x1f004), (0x1f0cf, 0x1f0cf), (0x1f18e, 0x1f18e), (0x1f191, 0x1f19a),
        (0x1f200, 0x1f64f), (0x1f680, 0x1f6ff), (0x1f7e0, 0x1f7eb), (0x1f90c, 0x1faff), (0x20000, 0x3fffd),
    ];

    /// <summary>The text cut to so many cells, with … when something is missing.</summary>
    public static string Fit(string text, int cells)
    {
        if (Width(text) <= cells) return text;
        var (head, _) = Split(text, cells - 1);
        return head + "…";
    }

    /// <summary>As much of the text as fits into so many cells (one character at least), and the rest.</summary>
    public static (string Head, string Tail) Split(string text, int cells)
    {
        int at = 0, used = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            int width = Width(rune);
            if (used + width > cells && at > 0) break;
            used += width;
            at += rune.Utf16SequenceLength;
        }
        return (text[..at], text[at..]);
    }
}
