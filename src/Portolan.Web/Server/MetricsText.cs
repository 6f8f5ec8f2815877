using System.Globalization;
using System.Text;

namespace Portolan.Web.Server;

/// <summary>
/// Metrics in Prometheus' text exposition format 0.0.4: each family with HELP and TYPE, then its samples. A family has at most
/// <see cref="MostSamples"/> of them; what is over is left out and counted by the last family.
/// </summary>
public sealed class MetricsText
{
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";
    public const int MostSamples = 256;

    readonly StringBuilder _text = new();
    string _name = "";
    int _samples;
    long _leftOut;

    /// <summary>A number that only grows while the process lives; its name ends in <c>_total</c>.</summary>
    public MetricsText Counter(string name, string help) => Family(name, "counter", help);

    /// <summary>A number that goes up and down, in the unit that its name ends in.</summary>
    public MetricsText Gauge(string name, string help) => Family(name, "gauge", help);

    MetricsText Family(string name, string type, string help)
    {
        (_name, _samples) = (name, 0);
        _text.Append("# HELP ").Append(name).Append(' ').Append(help.Replace("\\", "\\\\").Replace("\n", "\\n")).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(type).Append('\n');
        return this;
    }

    /// <summary>A sample of the family begun last.</summary>
    public MetricsText Sample(double value, params ReadOnlySpan<(string Name, string Value)> labels)
    {
        if (_samples++ >= MostSamples)
        {
            _leftOut++;
            return this;
        }
        _text.Append(_name);
        for (int i = 0; i < labels.Length; i++)
        {
            _text.Append(i == 0 ? '{' : ',').Append(labels[i].Name).Append("=\"")
                .Append(labels[i].Value.Replace("\\", "\\\\").Replace("\"", "\\\"").Replace("\n", "\\n")).Append('"');
        }
        if (labels.Length > 0) _text.Append('}');
        _text.Append(' ').Append(Number(value)).Append('\n');
        return this;
    }

    static string Number(double value) => double.IsNaN(value) ? "NaN"
        : double.IsInfinity(value) ? value > 0 ? "+Inf" : "-Inf"
        : value.ToString("R", CultureInfo.InvariantCulture);

    public override string ToString()
    {
        Gauge("portolan_metrics_left_out", "Samples of this answer left out because their family has too many.").Sample(_leftOut);
        return _text.ToString();
    }
}
