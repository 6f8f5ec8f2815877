using System.Buffers;
using System.Globalization;
using System.Text;
using Portolan.Formats.Json;
using Portolan.Web.Control;

namespace Portolan.Output;

/// <summary>
/// A table for people. Widths come from the first rows; on a terminal it fits the line, long cells end with …, and where there are more
/// columns than fit, each row becomes a list of names and values. Empty columns of such a list are left out. Control characters are written
/// out.
/// </summary>
sealed class TableWriter(Terminal terminal) : RowWriter(terminal)
{
    // Rows looked at before the widths are fixed; a live table flushes earlier.
    const int Sample = 500;
    const int MinimumWidth = 8;
    const string Gap = "  ";

    readonly List<string[]> _sample = [];
    IReadOnlyList<ResultColumn> _columns = [];
    bool[] _right = [];
    int[]? _widths;
    bool _asList;
    long _rows;

    public override void Begin(IReadOnlyList<ResultColumn> columns)
    {
        _columns = columns;
        _right = new bool[columns.Count];
        Array.Fill(_right, true);
    }

    public override void Row(object?[] row)
    {
        var shown = new string[_columns.Count];
        for (int i = 0; i < shown.Length; i++)
        {
            shown[i] = Show(row[i], _columns[i].Kind);
            if (_widths is null && row[i] is not (null or long or int or double) || _columns[i].Kind == ColumnKind.Time) _right[i] = false;
        }
        if (_widths is not null)
        {
            Line(shown);
            return;
        }
        _sample.Add(shown);
        if (_sample.Count == Sample) Settle();
    }

    public override void End()
    {
        if (_widths is null) Settle();
    }

    protected override void Pause()
    {
        if (_widths is null && _sample.Count > 0) Settle();
    }

    string Show(object? cell, ColumnKind kind) => cell switch
    {
        null => "",
        long time when kind == ColumnKind.Time => time == 0 ? "" : Times.Show(time, Terminal.Zone),
        long number => number.ToString(CultureInfo.InvariantCulture),
        double number => Number(number),
        bool flag => flag ? "true" : "false",
        byte[] bytes => Visible.Text(Encoding.UTF8.GetString(bytes)),
        _ => Visible.Text(cell.ToString()!),
    };

    static string Number(double number)
    {
        var text = new ArrayBufferWriter<byte>();
        JsonText.Number(text, number);
        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    /// <summary>Fixes the widths by the rows seen so far, then writes the header and those rows.</summary>
    void Settle()
    {
        _widths = new int[_columns.Count];
        for (int i = 0; i < _widths.Length; i++)
        {
            _widths[i] = Visible.Width(_columns[i].Name);
            foreach (var row in _sample) _widths[i] = Math.Max(_widths[i], Visible.Width(row[i]));
        }
        _asList = !Fit();
        if (!_asList && _columns.Count > 0) Line([.. _columns.Select(c => Visible.Text(c.Name))], header: true);
        foreach (var row in _sample) Line(row);
        _sample.Clear();
    }

    /// <summary>Takes cells from the widest columns until the line fits; false when they would become too narrow.</summary>
    bool Fit()
    {
        if (Terminal.Width == int.MaxValue) return true;
        long room = Terminal.Width - (long)Gap.Length * (_columns.Count - 1);
        if (_widths!.Sum(w => (long)Math.Min(w, MinimumWidth)) > room) return false;
        long over = _widths!.Sum(w => (long)w) - room;
        while (over > 0)
        {
            int widest = _widths!.Max();
            int next = Math.Max(MinimumWidth, _widths!.Where(w => w < widest).DefaultIfEmpty(0).Max());
            int many = _widths!.Count(w => w == widest);
            int take = (int)Math.Min(widest - next, Math.Max(1, over / many));
            for (int i = 0; i < _widths!.Length && over > 0; i++)
            {
                if (_widths[i] != widest) continue;
                _widths[i] -= take;
                over -= take;
            }
        }
        return true;
    }

    void Line(string[] cells, bool header = false)
    {
        _rows += header ? 0 : 1;
        if (_asList)
        {
            List(cells);
            return;
        }
        var line = new StringBuilder();
        for (int i = 0; i < cells.Length; i++)
        {
            string cell = Terminal.Width == int.MaxValue ? cells[i] : Visible.Fit(cells[i], _widths![i]);
            int pad = Math.Max(0, _widths![i] - Visible.Width(cell));
            if (i > 0) line.Append(Gap);
            if (_right[i]) line.Append(' ', pad).Append(cell);
            else line.Append(cell).Append(' ', pad);
        }
        string shown = line.ToString().TrimEnd(' ');
        Write(header ? Terminal.Bold(shown) : shown);
    }

    void List(string[] cells)
    {
        int name = Math.Min(_columns.Max(c => Visible.Width(c.Name)), Terminal.Width / 2);
        Write(Terminal.Bold($"── {_rows} ──"));
        for (int i = 0; i < cells.Length; i++)
        {
            string label = Visible.Fit(Visible.Text(_columns[i].Name), name), rest = cells[i];
            if (rest.Length == 0) continue;
            int room = Math.Max(MinimumWidth, Terminal.Width - name - Gap.Length);
            label += new string(' ', name - Visible.Width(label));
            while (rest.Length > 0)
            {
                (string head, rest) = Visible.Split(rest, room);
                Write(label + Gap + head);
                label = new string(' ', name);
            }
        }
    }

    void Write(string line)
    {
        Encoding.UTF8.GetBytes(line, Buffer);
        Buffer.Write("\n"u8);
        HandWhenFull();
    }
}
