using System.Buffers;
using System.Text;
using System.Text.RegularExpressions;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// A regular expression of a query: non-backtracking, so linear; what that engine cannot do (look-around, back references) runs with
/// backtracking and
/// a time limit per text, and a text that runs over it does not match and is counted.
/// </summary>
sealed class RegexPattern
{
    static readonly TimeSpan Most = TimeSpan.FromMilliseconds(100);

    /// <summary>Texts out of time after which a search gives up: it would not end in time that anybody waits.</summary>
    const int MostTimeouts = 100;

    // Counted repetitions multiply: (a{1,900}){1,900} would take gigabytes as an automaton. Beyond so many nodes it backtracks with a time limit instead.
    static RegexPattern() => AppContext.SetData("REGEX_NONBACKTRACKING_MAX_AUTOMATA_SIZE", 20_000);

    readonly Regex _regex;
    readonly byte[] _held;
    long _timeouts;

    RegexPattern(string text, bool ignoreCase, Regex regex, bool backtracks)
    {
        Text = text;
        IgnoreCase = ignoreCase;
        _regex = regex;
        Backtracks = backtracks;
        Literals = RegexLiterals.Of(text);
        _held = ignoreCase ? [] : Encoding.ASCII.GetBytes(Literals.MaxBy(l => l.Length) ?? "");
    }

    public string Text { get; }
    public bool IgnoreCase { get; }
    public bool Backtracks { get; }

    /// <summary>What every match holds; with <see cref="IgnoreCase"/> in some case.</summary>
    public IReadOnlyList<string> Literals { get; }

    public long Timeouts => Interlocked.Read(ref _timeouts);

    public static bool TryParse(string text, bool ignoreCase, out RegexPattern pattern, out string fault)
    {
        var options = RegexOptions.CultureInvariant | (ignoreCase ? RegexOptions.IgnoreCase : 0);
        pattern = null!;
        fault = "";
        try
        {
            pattern = new(text, ignoreCase, new Regex(text, options | RegexOptions.NonBacktracking), false);
            return true;
        }
        catch (NotSupportedException)
        {
            pattern = new(text, ignoreCase, new Regex(text, options, Most), true);
            return true;
        }
        catch (ArgumentException e)
        {
            fault = e.Message;
            return false;
        }
    }

    /// <summary>Whether a UTF-8 text matches; malformed bytes are read as the replacement character.</summary>
    public bool Matches(ReadOnlySpan<byte> text)
    {
        // ASCII decodes to itself, so a literal is looked for in the bytes.
        if (_held.Length > 0 && text.IndexOf(_held) < 0) return false;
        char[] chars = ArrayPool<char>.Shared.Rent(text.Length);
        bool matches = Matches(chars.AsSpan(0, Encoding.UTF8.GetChars(text, chars)));
        ArrayPool<char>.Shared.Return(chars);
        return matches;
    }

    public bool Matches(ReadOnlySpan<char> text)
    {
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            if (Interlocked.Increment(ref _timeouts) >= MostTimeouts)
                throw AqlException.Limit($"the regular expression '{Complaint.Clean(Text)}' ran out of time on {MostTimeouts} texts; "
                    + "write it without look-around, back references and repetitions of repetitions");
            return false;
        }
    }
}
