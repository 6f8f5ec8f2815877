using System.Text;
using Portolan.Model;

namespace Portolan.Formats.Text;

/// <summary>From a pattern's text to its steps.</summary>
sealed class PatternCompiler(string text)
{
    static readonly Dictionary<string, StepKind> Types = new()
    {
        ["word"] = StepKind.Word,
        ["int"] = StepKind.Int,
        ["number"] = StepKind.Number,
        ["hex"] = StepKind.Hex,
        ["ip"] = StepKind.Ip,
        ["mac"] = StepKind.Mac,
        ["quoted"] = StepKind.Quoted,
        ["upto"] = StepKind.Upto,
        ["last"] = StepKind.Last,
        ["rest"] = StepKind.Rest,
    };

    readonly List<Step> _steps = [];
    readonly Dictionary<int, int> _positions = [];
    readonly StringBuilder _literal = new();

    public List<string> Names { get; } = [];

    public bool TryCompile(out Step[] steps, out string error)
    {
        steps = [];
        var open = new Stack<(int Step, int Position)>();
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c == '\\')
            {
                if (i + 1 == text.Length || text[i + 1] is not ('{' or '}' or '[' or ']' or '\\'))
                    return Fail(i, "a backslash stands only before { } [ ] \\; write \\\\ for a backslash", out error);
                _literal.Append(text[++i]);
            }
            else if (c == '[')
            {
                Flush();
                if (open.Count == MessagePattern.MaxNesting)
                    return Fail(i, $"optional parts nest at most {MessagePattern.MaxNesting} deep", out error);
                open.Push((_steps.Count, i));
                _steps.Add(new() { Kind = StepKind.Open, Name = -1 });
            }
            else if (c == ']')
            {
                Flush();
                if (!open.TryPop(out var from)) return Fail(i, "']' without '['; write \\] for the character", out error);
                if (from.Step == _steps.Count - 1) return Fail(from.Position, "an optional part is empty", out error);
                _steps.Add(new() { Kind = StepKind.Close, Name = -1 });
                _steps[from.Step] = _steps[from.Step] with { Jump = _steps.Count };
            }
            else if (c == '{')
            {
                Flush();
                int end = text.IndexOf('}', i);
                if (end < 0) return Fail(i, "'{' without '}'; write \\{ for the character", out error);
                if (!TryPlace(text[(i + 1)..end], i, out error)) return false;
                i = end;
            }
            else if (c == '}') return Fail(i, "'}' without '{'; write \\} for the character", out error);
            else _literal.Append(c);
        }
        Flush();
        if (open.Count > 0) return Fail(open.Peek().Position, "'[' without ']'; write \\[ for the character", out error);
        if (_steps.Count == 0) return Fail(0, "the pattern is empty", out error);
        return TryLink(out steps, out error);
    }

    void Flush()
    {
        if (_literal.Length == 0) return;
        _steps.Add(new() { Kind = StepKind.Literal, Name = -1, Literal = Encoding.UTF8.GetBytes(_literal.ToString()) });
        _literal.Clear();
    }

    bool TryPlace(string place, int position, out string error)
    {
        int colon = place.IndexOf(':');
        string name = colon < 0 ? place : place[..colon], type = colon < 0 ? "upto" : place[(colon + 1)..];
        if (name.Length == 0 || !name.All(ch => char.IsAsciiLetterOrDigit(ch) || ch is '_' or '.' or '-'))
            return Fail(position, $"'{name}' is no name: letters, digits, _ . -, or _ alone to skip", out error);
        if (!Types.TryGetValue(type, out var kind))
        {
            var near = Nearest.To(type, Types.Keys, 1);
            string hint = near.Count == 0 ? "; there are " + string.Join(' ', Types.Keys) : $", did you mean {near[0]}?";
            return Fail(position, $"unknown type '{type}'{hint}", out error);
        }
        int index = -1;
        if (name != "_")
        {
            index = Names.IndexOf(name);
            if (index < 0)
            {
                index = Names.Count;
                Names.Add(name);
            }
        }
        _positions[_steps.Count] = position;
        _steps.Add(new() { Kind = kind, Name = index });
        error = "";
        return true;
    }

    /// <summary>Tells each place what may follow it.</summary>
    bool TryLink(out Step[] steps, out string error)
    {
        steps = [.. _steps];
        error = "";
        for (int s = 0; s < steps.Length; s++)
        {
            ref var step = ref steps[s];
            if (step.Kind is not (StepKind.Word or StepKind.Upto or StepKind.Last or StepKind.Rest)) continue;
            var stops = new List<byte[]>();
            bool mayEnd = false, place = false;
            Follow(steps, s + 1, stops, [], ref mayEnd, ref place);
            if (step.Kind == StepKind.Upto && place)
                return Fail(_positions[s], "upto needs text after it, or the end of the pattern", out error);
            if (step.Kind == StepKind.Last && (place || mayEnd || stops.Count != 1))
                return Fail(_positions[s], "last needs one text after it", out error);
            if (step.Kind == StepKind.Rest && (place || stops.Count > 0)) return Fail(_positions[s], "nothing may follow rest", out error);
            step.Stops = [.. stops];
            step.MayEnd = mayEnd;
        }
        return true;
    }

    /// <param name="seen">Steps already followed: optional parts lead to the same place by many ways.</param>
    static void Follow(Step[] steps, int s, List<byte[]> stops, HashSet<int> seen, ref bool mayEnd, ref bool place)
    {
        while (s < steps.Length && steps[s].Kind == StepKind.Close) s++;
        if (!seen.Add(s)) return;
        if (s == steps.Length) mayEnd = true;
        else if (steps[s].Kind == StepKind.Literal) stops.Add(steps[s].Literal);
        else if (steps[s].Kind == StepKind.Open)
        {
            Follow(steps, s + 1, stops, seen, ref mayEnd, ref place);
            Follow(steps, steps[s].Jump, stops, seen, ref mayEnd, ref place);
        }
        else place = true;
    }

    static bool Fail(int position, string what, out string error)
    {
        error = $"character {position + 1}: {what}";
        return false;
    }
}
