using System.Text;

namespace Portolan.Collect.Qid;

/// <summary>RFC 4180 rows of a small file, each with the line it starts on. Blank lines and lines beginning with # are skipped.</summary>
static class Csv
{
    public static IEnumerable<(int Line, List<string> Cells)> Rows(string text)
    {
        int at = 0, line = 1;
        while (at < text.Length)
        {
            if (text[at] is '\n' or '\r')
            {
                if (text[at++] == '\n') line++;
                continue;
            }
            if (text[at] == '#')
            {
                while (at < text.Length && text[at] != '\n') at++;
                continue;
            }
            int start = line;
            var cells = new List<string>();
            while (true)
            {
                cells.Add(Cell(text, ref at, ref line));
                if (at >= text.Length || text[at] != ',') break;
                at++;
            }
            while (at < text.Length && text[at] != '\n') at++;
            yield return (start, cells);
        }
    }

    static string Cell(string text, ref int at, ref int line)
    {
        if (at >= text.Length || text[at] != '"')
        {
            int start = at;
            while (at < text.Length && text[at] is not (',' or '\n' or '\r')) at++;
            return text[start..at];
        }
        var cell = new StringBuilder();
        for (at++; at < text.Length; at++)
        {
            if (text[at] == '"' && (at + 1 >= text.Length || text[at + 1] != '"'))
            {
                at++;
                break;
            }
            if (text[at] == '"') at++;
            if (text[at] == '\n') line++;
            cell.Append(text[at]);
        }
        return cell.ToString();
    }
}
