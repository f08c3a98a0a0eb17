using System.Reflection;
using System.Runtime.InteropServices;

namespace Distillation.Notebooks.Jupyter;

/// <summary>The functions of libzmq 4 that the Jupyter protocol needs. The library is looked for when the first of them is called, not before.</summary>
internal static class ZeroMq
{
    /// <summary>The context has ended: whoever waits on a socket is to close it.</summary>
    public const int ContextEnded = 156384765;

    private const string Library = "zmq";
    private static readonly string[] names = ["libzmq.so.5", "libzmq.5.dylib", "libzmq.dll", "libzmq"];

    static ZeroMq() => NativeLibrary.SetDllImportResolver(typeof(ZeroMq).Assembly, Resolve);

    /// <summary>Whether the library is on this machine.</summary>
    public static bool IsHere => Load() != 0;

    /// <exception cref="BadInput">libzmq is not installed.</exception>
    public static void Require()
    {
        if (!IsHere)
        {
            throw new BadInput("Jupyter speaks through libzmq and there is none on this machine: install it with 'apt-get install libzmq5' (libzmq 4 under other names elsewhere) and try again.");
        }
    }

    [DllImport(Library)]
    public static extern nint zmq_ctx_new();

    [DllImport(Library)]
    public static extern int zmq_ctx_term(nint context);

    [DllImport(Library)]
    public static extern nint zmq_socket(nint context, int kind);

    [DllImport(Library)]
    public static extern int zmq_close(nint socket);

    [DllImport(Library)]
    public static extern int zmq_setsockopt(nint socket, int option, byte[] value, nuint size);

    [DllImport(Library)]
    public static extern int zmq_getsockopt(nint socket, int option, byte[] value, ref nuint size);

    [DllImport(Library)]
    public static extern int zmq_bind(nint socket, byte[] endpoint);

    [DllImport(Library)]
    public static extern int zmq_connect(nint socket, byte[] endpoint);

    [DllImport(Library)]
    public static extern int zmq_send(nint socket, byte[] data, nuint size, int flags);

    [DllImport(Library)]
    public static extern int zmq_msg_init(nint message);

    [DllImport(Library)]
    public static extern int zmq_msg_recv(nint message, nint socket, int flags);

    [DllImport(Library)]
    public static extern nint zmq_msg_data(nint message);

    [DllImport(Library)]
    public static extern nuint zmq_msg_size(nint message);

    [DllImport(Library)]
    public static extern int zmq_msg_more(nint message);

    [DllImport(Library)]
    public static extern int zmq_msg_close(nint message);

    [DllImport(Library)]
    public static extern int zmq_poll([In, Out] Poll[] items, int count, CLong timeout);

    [DllImport(Library)]
    public static extern int zmq_errno();

    [DllImport(Library)]
    public static extern nint zmq_strerror(int error);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Library ? Load() : 0;

    private static nint Load() => names.Select(name => NativeLibrary.TryLoad(name, out var handle) ? handle : 0).FirstOrDefault(handle => handle != 0);

    /// <summary>What <c>zmq_poll</c> looks at: a socket, and whether something can be read from it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Poll(nint socket)
    {
        public nint Socket = socket;
        public int Descriptor;
        public short Events = 1;
        public short Returned;
    }
}
