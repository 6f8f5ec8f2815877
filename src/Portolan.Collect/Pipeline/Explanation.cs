using System.Text;
using Portolan.Collect.LogSources;
using Portolan.Model;

namespace Portolan.Collect.Pipeline;

/// <summary>How a record became its columns, step by step, for <c>parse --explain</c> and the console.</summary>
public sealed class Explanation(PropertyCatalogue properties)
{
    readonly List<ExplainStep> _steps = [];
    string _from = "";

    public IReadOnlyList<ExplainStep> Steps => _steps;

    internal void Say(string subject, string what) => _steps.Add(new(subject, what));

    /// <summary>The raw value that the next writes come from.</summary>
    internal void From(string rawName) => _from = rawName;

    internal void Wrote(ValueAction action, ReadOnlySpan<byte> value) =>
        _steps.Add(new(action.Field?.Name ?? properties.Name(action.Property), $"{_from} = {Encoding.UTF8.GetString(value)}"));

    internal void Other(int property, ReadOnlySpan<byte> value) =>
        _steps.Add(new(properties.Name(property), $"key no map names = {Encoding.UTF8.GetString(value)}"));

    internal void Copied(Field to, Field from) => _steps.Add(new(to.Name, $"copy of {from.Name}"));

    internal void Swapped() => _steps.Add(new("swap", "source and destination change places"));
}

/// <param name="Subject">A field, a property, or the step: header, source type, lead, syntax, message, event.</param>
public readonly record struct ExplainStep(string Subject, string What);
