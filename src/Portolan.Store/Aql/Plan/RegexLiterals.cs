using System.Text;

namespace Portolan.Store.Aql.Plan;

/// <summary>
/// The ASCII texts that every match of a regular expression holds, as far as its form shows them without doubt: runs of plain characters outside groups,
/// classes and alternatives. Where a construct is not understood nothing is said.
/// </summary>
static class RegexLiterals
{
    public static IReadOnlyList<string> Of(string regex)
    {
        var found = new List<string>();
        var run = new StringBuilder();
        int depth = 0;
        for (int i = 0; i < regex.Length; i++)
        {
            char c = regex[i];
            switch (c)
            {
                case '\\':
                    if (++i == regex.Length) return [];
                    char escaped = regex[i];
                    // Classes and anchors of one letter; what takes more characters (\x41, \p{L}, \k<name>, \1) is left alone.
                    if ("dDwWsSbBAzZGnrtfvae".Contains(escaped)) End();
                    else if (!char.IsAsciiLetterOrDigit(escaped)) Add(escaped);
                    else return [];
                    break;
                case '[':
                    End();
                    i = ClassEnd(regex, i);
                    if (i < 0) return [];
                    break;
                case '(':
                    // An option inside, (?i), changes what follows.
                    if (regex.AsSpan(i + 1) is ['?', var option, ..] && (char.IsAsciiLetter(option) || option == '-')) return [];
                    End();
                    depth++;
                    break;
                case ')':
                    depth--;
                    break;
                case '|':
                    if (depth == 0) return [];
                    break;
                case '*' or '?':
                    Drop();
                    break;
                case '{':
                    Drop();
                    i = regex.IndexOf('}', i);
                    if (i < 0) return [];
                    break;
                case '+' or '.' or '^' or '$':
                    End();
                    break;
                default:
                    Add(c);
                    break;
            }
        }
        End();
        return found;

        void Add(char c)
        {
            if (depth > 0) return;
            if (c is >= ' ' and < (char)127) run.Append(c);
            else End();
        }

        void Drop()
        {
            if (depth > 0) return;
            if (run.Length > 0) run.Length--;
            End();
        }

        void End()
        {
            if (run.Length > 0) found.Add(run.ToString());
            run.Clear();
        }
    }

    static int ClassEnd(string regex, int at)
    {
        at++;
        if (at < regex.Length && regex[at] == '^') at++;
        if (at < regex.Length && regex[at] == ']') at++;
        for (; at < regex.Length; at++)
        {
            if (regex[at] == '\\') at++;
            else if (regex[at] == '[') return -1;
            else if (regex[at] == ']') return at;
        }
        return -1;
    }
}
