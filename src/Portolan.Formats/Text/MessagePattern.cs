using System.Runtime.CompilerServices;
using System.Text;

namespace Portolan.Formats.Text;

/// <summary>What a pattern found: <paramref name="Name"/> indexes the Names of the pattern or set that was asked.</summary>
public readonly record struct Capture(int Name, int Start, int Length);

/// <summary>
/// A message's text with places for what varies, compiled to a matcher over bytes:
/// <c>Accepted {auth_method:word} for {username:word} from {sourceip:ip} port {sourceport:int} ssh2[: {key_type:word}
/// {key_fingerprint:word}]</c>.
/// <para>Text stands for itself. <c>{name:type}</c> captures, <c>{_:type}</c> and <c>{_}</c> skip, <c>[…]</c> may be missing and may nest;
/// <c>\{ \} \[ \] \\</c> are the characters themselves. Types, upto when none is given:</para>
/// <list type="table">
/// <item><term>word</term><description>bytes up to a space, TAB or the text that follows; at least one</description></item>
/// <item><term>int</term><description>digits with an optional sign</description></item>
/// <item><term>number</term><description>int with an optional fraction</description></item>
/// <item><term>hex</term><description>hex digits with an optional 0x</description></item>
/// <item><term>ip</term><description>an IPv4 or IPv6 address; a zone (%eth0) is stepped over</description></item>
/// <item><term>mac</term><description>six bytes in hex: with : or - or Cisco's dots, or bare</description></item>
/// <item><term>quoted</term><description>text in double or single quotes, without them; a backslash protects</description></item>
/// <item><term>upto</term><description>everything, or nothing, up to the text that follows; at the end of the pattern the rest</description></item>
/// <item><term>last</term><description>the same up to the last place where that text stands: <c>{name:last}({id:int})</c></description></item>
/// <item><term>rest</term><description>everything to the end</description></item>
/// </list>
/// A pattern covers the whole message, save spaces, CR, LF and NUL at its end. Matching goes from left to right without a second try: each
/// place takes the first end it can have, an optional part is taken when all of it fits where it stands. Time grows with the length; nothing
/// is allocated.
/// </summary>
public sealed class MessagePattern
{
    internal const int MaxNesting = 8;

    readonly Step[] _steps;

    MessagePattern(string text, Step[] steps, string[] names, int maxCaptures)
    {
        Text = text;
        _steps = steps;
        Names = names;
        MaxCaptures = maxCaptures;
    }

    public string Text { get; }

    /// <summary>The capture names, in order of first appearance.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>Room that <see cref="TryMatch"/> needs.</summary>
    public int MaxCaptures { get; }

    internal ReadOnlySpan<Step> Steps => _steps;

    /// <summary>Compiles a pattern; the error says what is wrong at which character, counted from 1.</summary>
    public static bool TryCompile(string text, out MessagePattern pattern, out string error)
    {
        pattern = null!;
        var compiler = new PatternCompiler(text);
        if (!compiler.TryCompile(out var steps, out error)) return false;
        pattern = new(text, steps, [.. compiler.Names], steps.Count(s => s.Name >= 0));
        return true;
    }

    /// <summary>Matches the whole message. <paramref name="captures"/> has room for at least <see cref="MaxCaptures"/>.</summary>
    [SkipLocalsInit]
    public bool TryMatch(ReadOnlySpan<byte> message, Span<Capture> captures, out int count)
    {
        count = 0;
        if (captures.Length < MaxCaptures) return false;
        var m = Trim(message);
        Span<Retry> retries = stackalloc Retry[MaxNesting];
        int open = 0, at = 0;
        for (int s = 0; s < _steps.Length;)
        {
            ref readonly var step = ref _steps[s];
            bool fits = true;
            switch (step.Kind)
            {
                case StepKind.Literal:
                    fits = at < m.Length && m[at] == step.Literal[0] && m[at..].StartsWith(step.Literal);
                    if (fits) at += step.Literal.Length;
                    break;
                case StepKind.Open:
                    retries[open++] = new(step.Jump, at, count);
                    break;
                case StepKind.Close:
                    open--;
                    break;
                default:
                    int next = Matchers.Match(step, m, at, out int start, out int length);
                    fits = next >= 0;
                    if (!fits) break;
                    at = next;
                    if (step.Name >= 0) captures[count++] = new(step.Name, start, length);
                    break;
            }
            if (fits)
            {
                s++;
                continue;
            }
            if (open == 0) return false;
            (s, at, count) = retries[--open];
        }
        return at == m.Length;
    }

    /// <summary>Marks each byte that a message which fits can begin with; false, with nothing said, when that may be any.</summary>
    public bool TryFirstBytes(Span<bool> marks) => TryFirst(0, marks);

    bool TryFirst(int s, Span<bool> marks)
    {
        while (s < _steps.Length && _steps[s].Kind == StepKind.Close) s++;
        if (s == _steps.Length) return false;
        switch (_steps[s].Kind)
        {
            case StepKind.Literal:
                marks[_steps[s].Literal[0]] = true;
                return true;
            case StepKind.Int or StepKind.Number:
                foreach (byte b in "+-0123456789"u8) marks[b] = true;
                return true;
            case StepKind.Quoted:
                marks['"'] = marks['\''] = true;
                return true;
            case StepKind.Open:
                return TryFirst(s + 1, marks) && TryFirst(_steps[s].Jump, marks);
            default:
                return false;
        }
    }

    internal static ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> message) => message.TrimEnd(" \r\n\0"u8);

    readonly record struct Retry(int Step, int At, int Count);
}

enum StepKind : byte
{
    Literal,

    /// <summary>An optional part begins; <see cref="Step.Jump"/> is the step after its end.</summary>
    Open,
    Close,
    Word,
    Int,
    Number,
    Hex,
    Ip,
    Mac,
    Quoted,
    Upto,
    Last,
    Rest,
}

/// <summary>One step of a compiled pattern.</summary>
struct Step
{
    public StepKind Kind;

    /// <summary>Index of the capture's name; -1 for none.</summary>
    public int Name;
    public byte[] Literal;
    public int Jump;

    /// <summary>The texts that may follow a word or upto.</summary>
    public byte[][] Stops;

    /// <summary>The message may end after this step.</summary>
    public bool MayEnd;
}
