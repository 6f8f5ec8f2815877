using System.Text;

namespace Portolan.Configuration;

/// <summary>The reference of all keys; docs/configuration.md is this text, and a test compares them.</summary>
static class ConfigReference
{
    public static string Variable(string key) => "PORTOLAN_" + key.Replace(".", "__").Replace('-', '_').ToUpperInvariant();

    public static string Markdown()
    {
        var text = new StringBuilder("""
            # Configuration

            One YAML file, read by every command: `--config FILE`, or `portolan.yml` in the data directory. None is needed. A value comes,
            stronger last, from its default, the file, the environment and `--set key=value`. A key `a.b-c` is `a: {b-c: …}` in the file and
            `PORTOLAN_A__B_C` in the environment; a list is a YAML list in the file and separated by commas elsewhere. A relative path is
            relative to the file that names it. An unknown key or a wrong value ends the program with exit code 2; all faults are told at
            once.

            `portolan config list` shows what is in force and where it comes from, `portolan config explain KEY` what a key means.

            """);
        string section = "";
        foreach (var setting in Settings.All)
        {
            int dot = setting.Key.LastIndexOf('.');
            string own = dot < 0 ? "General" : setting.Key[..dot];
            if (own != section)
            {
                text.Append($"\n## {own}\n\n| key | type | default | right is | meaning |\n|---|---|---|---|---|\n");
                section = own;
            }
            // Where data lies by default depends on who runs the program.
            string standard = setting == Settings.Data
                ? "`/var/lib/portolan` for root, else `~/.local/share/portolan`"
                : setting.Default.Length == 0 ? "" : $"`{setting.Default}`";
            text.Append($"| `{setting.Key}` | {setting.Type} | {standard} | {setting.Range} | {setting.Doc} |\n");
        }
        return text.ToString();
    }
}
