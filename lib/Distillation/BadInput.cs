namespace Distillation;

/// <summary>
/// Something the user gave cannot be used. The message is one sentence that says what is wrong, where, and what to do;
/// <c>./kd</c> prints it without a stack trace and exits with code 2.
/// </summary>
public sealed class BadInput(string sentence, Exception? inner = null) : Exception(sentence, inner);
