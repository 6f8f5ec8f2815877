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

    readonly Regex _regex;
    long _timeouts;

    RegexPattern(string text, bool ignoreCase, Regex regex, bool backtracks)
    {
        Text = text;
        IgnoreCase = ignoreCase;
        _regex = regex;
        Backtracks = backtracks;
    }

    public string Text { get; }
    public bool IgnoreCase { get; }
    public bool Backtracks { get; }
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

    public bool Matches(ReadOnlySpan<char> text)
    {
        try
        {
            return _regex.IsMatch(text);
        }
        catch (RegexMatchTimeoutException)
        {
            Interlocked.Increment(ref _timeouts);
            return false;
        }
    }
}
