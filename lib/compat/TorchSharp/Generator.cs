namespace TorchSharp;

public static partial class torch
{
    /// <summary>A stream of random numbers on the CPU, whatever device is asked for; the engine keeps the low 32 bits of the seed.</summary>
    public unsafe class Generator : IDisposable
    {
        private nint handle;

        private Generator(nint handle) => this.handle = handle;

        public Generator(ulong seed = 0, Device? device = null) : this(Native.shim_generator(seed)) => this.device = device ?? CPU;

        ~Generator() => Dispose(false);

        public static Generator Default => new(Native.shim_default_generator());

        public Device device { get; } = CPU;

        public IntPtr Handle => handle != 0 ? handle : throw new InvalidOperationException("This generator was disposed: make a new one, or dispose it later.");

        public long initial_seed() => (long)Native.shim_generator_initial(Handle);
        public long seed() => (long)Native.shim_generator_reseed(Handle);

        public Generator manual_seed(long seed)
        {
            Native.shim_generator_seed(Handle, (ulong)seed);
            return this;
        }

        public Tensor get_state()
        {
            nint state;
            Native.Check(Native.shim_generator_state(Handle, &state));
            return Tensor.Own(state);
        }

        public void set_state(Tensor value) => Native.Check(Native.shim_set_generator_state(Handle, value.Handle));

        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        protected virtual void Dispose(bool disposing)
        {
            if (Interlocked.Exchange(ref handle, 0) is var old && old != 0) Native.shim_free_generator(old);
        }
    }
}
