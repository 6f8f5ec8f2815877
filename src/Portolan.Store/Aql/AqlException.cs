using System.Text;
using Portolan.Model;

namespace Portolan.Store.Aql;

public enum AqlErrorKind
{
    /// <summary>The text does not parse.</summary>
    Syntax,

    /// <summary>The text parses but names something unknown, has a wrong argument type, or asks for what this version does not
    /// do.</summary>
    Semantic,

    /// <summary>The search ran into its memory limit.</summary>
    Limit,
}

/// <summary>Where in the query's text something stands: a character offset and a length.</summary>
public readonly record struct TextSpan(int Start, int Length)
{
    public int End => Start + Length;
    public TextSpan To(TextSpan last) => new(Start, Math.Max(Length, last.End - Start));
}

/// <summary>
/// The only exception that parsing, planning and running a query throws for reasons that lie in the query. The message reads
/// <c>AQL: unknown field 'sourcip' at 1:8; did you mean sourceip?</c>.
/// </summary>
public sealed class AqlException : Exception
{
    AqlException(AqlErrorKind kind, string message, int line, int column, int length, IReadOnlyList<string> nearest) : base(message)
    {
        Kind = kind;
        Line = line;
        Column = column;
        Length = length;
        Nearest = nearest;
    }

    public AqlErrorKind Kind { get; }

    /// <summary>Line and column count from 1; both are 0 when the error belongs to no place in the text.</summary>
    public int Line { get; }
    public int Column { get; }

    /// <summary>How many characters from there on are meant; at least 1.</summary>
    public int Length { get; }

    /// <summary>Known names close to what was written.</summary>
    public IReadOnlyList<string> Nearest { get; }

    internal static AqlException At(AqlErrorKind kind, string text, TextSpan at, string what, IReadOnlyList<string>? nearest = null,
        string? hint = null)
    {
        int line = 1, column = 1;
        int end = Math.Min(at.Start, text.Length);
        for (int i = 0; i < end; i++)
        {
            if (text[i] == '\n')
            {
                line++;
                column = 1;
            }
            else column++;
        }
        var message = new StringBuilder("AQL: ").Append(what).Append(" at ").Append(line).Append(':').Append(column);
        if (nearest is { Count: > 0 }) message.Append("; did you mean ").AppendJoin(" or ", nearest).Append('?');
        if (hint != null) message.Append("; ").Append(hint);
        return new(kind, message.ToString(), line, column, Math.Max(1, at.Length), nearest ?? []);
    }

    internal static AqlException OfScope(string what) => new(AqlErrorKind.Semantic, "AQL: " + what, 0, 0, 0, []);

    internal static AqlException Limit(string what) => new(AqlErrorKind.Limit, "AQL: " + what, 0, 0, 0, []);
}

/// <summary>The query's text with the ways to complain about a place in it.</summary>
readonly struct Complaint(string text)
{
    public AqlException Syntax(TextSpan at, string what, IReadOnlyList<string>? nearest = null) =>
        AqlException.At(AqlErrorKind.Syntax, text, at, what, nearest);

    public AqlException Semantic(TextSpan at, string what, string? hint = null) =>
        AqlException.At(AqlErrorKind.Semantic, text, at, what, null, hint);

    public AqlException Unknown(TextSpan at, string kind, string name, IEnumerable<string> known) =>
        AqlException.At(AqlErrorKind.Semantic, text, at, $"unknown {kind} '{Clean(name)}'", Nearest.To(name, known));

    /// <summary>A name as a message may show it: bounded, no control characters.</summary>
    public static string Clean(string name)
    {
        var shown = name.Length > 60 ? string.Concat(name.AsSpan(0, 57), "...") : name;
        return string.Concat(shown.Select(c => char.IsControl(c) ? '?' : c));
    }
}
