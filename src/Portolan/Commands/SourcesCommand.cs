using System.CommandLine;
using Portolan.Control;

namespace Portolan.Commands;

/// <summary><c>portolan sources list</c>.</summary>
static class SourcesCommand
{
    public static Command Create(Terminal terminal, OpenApi open)
    {
        var list = new ApiVerb(new("list", "Every log source with its type, when it was last heard and how much it sent.",
            "portolan sources list",
            "portolan sources list --format csv"), terminal, open);
        list.Ask((api, _, _, cancel) => api.SourcesAsync(cancel));
        return new Verb("sources", "Log sources: who sends, and what it was recognised as.",
            "portolan sources list") { list.Command };
    }
}
