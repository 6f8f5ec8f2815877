using System.Buffers;
using Portolan.Formats.Json;

namespace Portolan.Web.Control;

/// <summary>A cell of a result as JSON: a long, int, double, bool, string or null as such, bytes as a base64 string.</summary>
public static class JsonCell
{
    public static void Write(IBufferWriter<byte> to, object? cell)
    {
        switch (cell)
        {
            case null:
                JsonText.Null(to);
                break;
            case long number:
                JsonText.Number(to, number);
                break;
            case int number:
                JsonText.Number(to, number);
                break;
            case double number:
                JsonText.Number(to, number);
                break;
            case bool flag:
                JsonText.Flag(to, flag);
                break;
            case byte[] bytes:
                JsonText.Base64String(to, bytes);
                break;
            case string text:
                JsonText.String(to, text);
                break;
            default:
                throw new InvalidOperationException($"a cell cannot be a {cell.GetType().Name}");
        }
    }
}
