"""Jupyter's own test suite for kernels, told what C# looks like. Run by RealClientTests, with JUPYTER_PATH naming where the kernel is registered."""

import unittest

import jupyter_kernel_test


class DistillationKernel(jupyter_kernel_test.KernelTests):
    kernel_name = "distillation-csharp"
    language_name = "C#"
    file_extension = ".cs"
    code_hello_world = 'Console.WriteLine("hello, world");'
    code_stderr = 'Console.Error.WriteLine("oops");'
    completion_samples = [
        {"text": "Math.Sq", "matches": ["Sqrt"]},
        {"text": "Console.WriteL", "matches": ["WriteLine"]},
    ]
    complete_code_samples = ["1 + 1", "var x = 3;", "for (var i = 0; i < 3; i++) { }"]
    incomplete_code_samples = ["for (var i = 0; i < 3; i++) {", "int Twice(int x) =>"]
    invalid_code_samples = ["var = = 3;", ")"]
    code_generate_error = 'throw new Exception("no");'
    code_execute_result = [
        {"code": "1 + 2", "result": "3"},
        {"code": '"a" + "b"', "result": "ab"},
    ]
    code_display_data = [
        {"code": 'HTML("<b>x</b>").Display();', "mime": "text/html"},
        {"code": '"**x**".DisplayAs("text/markdown");', "mime": "text/markdown"},
    ]
    code_history_pattern = "1?+*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.Sqrt"


if __name__ == "__main__":
    unittest.main()
