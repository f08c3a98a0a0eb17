// The native half of the stand-in for TorchSharp: one entry that calls any operator of libtorch by its schema, and the
// few things that are no operator (memory, autograd, generators, threads, devices). Compiles against libtorch 1.13 and 2.x.
// Every entry returns a count, 0, or -1 after an exception, whose message shim_error then gives.

#include <ATen/ATen.h>
#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Parallel.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/anomaly_mode.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/autograd/variable.h>
#include <torch/cuda.h>
#include <torch/version.h>

#include <cstring>
#include <string>
#include <vector>

#define SHIM extern "C" __attribute__((visibility("default")))

using at::Tensor;
using c10::IValue;
using c10::TypeKind;

// Null where libtorch multiplies with another library.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace {

// One argument or result, 16 bytes, the same layout as Value in Native.cs.
enum Tag : int32_t { Missing, None, ATensor, Int, Double, Bool, String, Ints, Doubles, Tensors, ADevice, AGenerator };
struct Value {
    union { int64_t i; double d; void* p; };
    int32_t tag;
    int32_t n;
};

using Handle = c10::TensorImpl*;

thread_local std::string error;
thread_local torch::jit::Stack stack;
thread_local std::vector<Handle> list;

template <class F> int guarded(F f) noexcept {
    try { return f(); }
    catch (const c10::Error& e) { error = e.what_without_backtrace(); }
    catch (const std::exception& e) { error = e.what(); }
    catch (...) { error = "libtorch threw something that is no exception"; }
    stack.clear();
    return -1;
}

Tensor borrow(void* handle) {
    return handle == nullptr ? Tensor() : Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(static_cast<Handle>(handle)));
}

Handle give(Tensor tensor) { return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr; }

std::vector<Tensor> many(void** handles, int64_t n) {
    std::vector<Tensor> tensors;
    tensors.reserve(n);
    for (int64_t i = 0; i < n; i++) tensors.push_back(borrow(handles[i]));
    return tensors;
}

c10::Device device_of(int64_t packed) {
    return c10::Device(static_cast<c10::DeviceType>(packed >> 8), static_cast<c10::DeviceIndex>(static_cast<int8_t>(packed & 0xff)));
}

// What the schema wants at one place, read once when the operator is looked up.
struct Want {
    TypeKind kind, element;
    bool optional, optional_element, has_default;
    int32_t length;   // N of int[N], else 0
    IValue fallback;
    std::string name;
};

struct Operator {
    c10::OperatorHandle handle;
    std::vector<Want> wants;
};

TypeKind plain(const c10::TypePtr& type) {
    auto kind = type->kind();
    return kind == TypeKind::SymIntType ? TypeKind::IntType : kind;
}

Want want(const c10::Argument& argument) {
    Want w{};
    auto type = argument.type();
    if (auto optional = type->cast<c10::OptionalType>()) { w.optional = true; type = optional->getElementType(); }
    w.kind = plain(type);
    if (auto items = type->cast<c10::ListType>()) {
        auto element = items->getElementType();
        if (auto optional = element->cast<c10::OptionalType>()) { w.optional_element = true; element = optional->getElementType(); }
        w.element = plain(element);
    }
    w.length = argument.N() ? *argument.N() : 0;
    w.has_default = argument.default_value().has_value();
    if (w.has_default) w.fallback = *argument.default_value();
    w.name = argument.name();
    return w;
}

[[noreturn]] void refuse(const Operator& op, const Want& w, const char* why) {
    throw std::runtime_error(toString(op.handle.operator_name()) + ": argument '" + w.name + "' " + why);
}

IValue list_of(const Operator& op, const Want& w, const Value& v) {
    auto ints = static_cast<const int64_t*>(v.p);
    switch (w.element) {
        case TypeKind::IntType: {
            c10::List<int64_t> items;
            if (v.tag == Int) for (int i = 0; i < std::max(w.length, 1); i++) items.push_back(v.i);
            else { items.reserve(v.n); for (int i = 0; i < v.n; i++) items.push_back(ints[i]); }
            return items;
        }
        case TypeKind::FloatType: {
            c10::List<double> items;
            for (int i = 0; i < v.n; i++) items.push_back(v.tag == Doubles ? static_cast<const double*>(v.p)[i] : static_cast<double>(ints[i]));
            return items;
        }
        case TypeKind::BoolType: {
            c10::List<bool> items;
            for (int i = 0; i < v.n; i++) items.push_back(ints[i] != 0);
            return items;
        }
        case TypeKind::TensorType: {
            auto handles = static_cast<void**>(v.p);
            if (w.optional_element) {
                c10::impl::GenericList items(c10::OptionalType::create(c10::TensorType::get()));
                for (int i = 0; i < v.n; i++) items.push_back(handles[i] ? IValue(borrow(handles[i])) : IValue());
                return items;
            }
            c10::List<Tensor> items;
            items.reserve(v.n);
            for (int i = 0; i < v.n; i++) {
                if (!handles[i]) refuse(op, w, "is a list of tensors and one of them is null");
                items.push_back(borrow(handles[i]));
            }
            return items;
        }
        default: refuse(op, w, "is a list this shim does not build");
    }
}

IValue convert(const Operator& op, const Want& w, const Value& v) {
    if (v.tag == Missing) {
        if (!w.has_default) refuse(op, w, "has no default and was not given");
        return w.fallback;
    }
    if (v.tag == None) {
        if (w.kind == TypeKind::TensorType && !w.optional) refuse(op, w, "needs a tensor and was given none");
        return IValue();
    }
    switch (w.kind) {
        case TypeKind::TensorType: return borrow(v.p);
        case TypeKind::IntType: return v.tag == Double ? static_cast<int64_t>(v.d) : v.i;
        case TypeKind::FloatType: return v.tag == Double ? v.d : static_cast<double>(v.i);
        case TypeKind::BoolType: return v.i != 0;
        case TypeKind::NumberType: return v.tag == Double ? IValue(v.d) : v.tag == Bool ? IValue(v.i != 0) : IValue(v.i);
        case TypeKind::StringType: return std::string(static_cast<const char*>(v.p), v.n);
        case TypeKind::DeviceObjType: return device_of(v.i);
        case TypeKind::GeneratorType: return *static_cast<at::Generator*>(v.p);
        case TypeKind::ListType: return list_of(op, w, v);
        default: refuse(op, w, "is of a type this shim does not build");
    }
}

int put(IValue& value, Value* out) {
    out->n = 0;
    if (value.isTensor()) { out->tag = ATensor; out->p = give(std::move(value).toTensor()); }
    else if (value.isInt()) { out->tag = Int; out->i = value.toInt(); }
    else if (value.isDouble()) { out->tag = Double; out->d = value.toDouble(); }
    else if (value.isBool()) { out->tag = Bool; out->i = value.toBool(); }
    else if (value.isTensorList()) {
        list.clear();
        for (auto& tensor : value.toTensorVector()) list.push_back(give(std::move(tensor)));
        out->tag = Tensors; out->p = list.data(); out->n = static_cast<int32_t>(list.size());
    }
    else if (value.isNone()) { out->tag = None; out->i = 0; }
    else throw std::runtime_error("the operator returns a " + value.tagKind() + ", which this shim does not hand back");
    return 1;
}

}  // namespace

SHIM const char* shim_error() { return error.c_str(); }
SHIM const char* shim_version() { return TORCH_VERSION; }

// ---- operators

// "aten::add" and "Tensor" give a handle that lives as long as the process.
SHIM int shim_find(const char* name, const char* overload, void** out) {
    return guarded([&] {
        auto found = c10::Dispatcher::singleton().findSchema({name, overload});
        if (!found) throw std::runtime_error(std::string("this libtorch (" TORCH_VERSION ") has no operator ") + name + "." + overload);
        auto op = new Operator{*found, {}};
        for (auto& argument : found->schema().arguments()) op->wants.push_back(want(argument));
        *out = op;
        return 0;
    });
}

// room 0 drops the results: an operator that works in place gives back its own first argument.
SHIM int shim_call(void* handle, const Value* args, int count, Value* results, int room) {
    return guarded([&] {
        auto& op = *static_cast<Operator*>(handle);
        auto wanted = op.wants.size();
        if (static_cast<size_t>(count) > wanted) throw std::runtime_error(toString(op.handle.operator_name()) + " takes fewer arguments than were given");
        stack.clear();
        for (int i = 0; i < count; i++) stack.push_back(convert(op, op.wants[i], args[i]));
        for (size_t i = count; i < wanted; i++) stack.push_back(convert(op, op.wants[i], Value{}));
        op.handle.callBoxed(&stack);
        if (room == 0) { stack.clear(); return 0; }
        if (stack.size() > static_cast<size_t>(room)) throw std::runtime_error("more results than there is room for");
        int n = 0;
        for (auto& value : stack) n += put(value, results + n);
        stack.clear();
        return n;
    });
}

// ---- tensors

SHIM void shim_free(void* handle) { c10::raw::intrusive_ptr::decref(static_cast<Handle>(handle)); }

SHIM int shim_from_memory(const void* data, const int64_t* sizes, int n, int dtype, void** out) {
    return guarded([&] {
        auto tensor = at::empty(at::IntArrayRef(sizes, n), at::TensorOptions(static_cast<c10::ScalarType>(dtype)));
        if (tensor.numel() > 0) std::memcpy(tensor.data_ptr(), data, tensor.nbytes());
        *out = give(tensor);
        return 0;
    });
}

struct Info { int64_t dim, numel, item, offset; int32_t dtype, device_type, device_index, flags; };

SHIM int shim_info(void* handle, Info* info) {
    return guarded([&] {
        auto tensor = borrow(handle);
        bool dense = tensor.layout() == c10::kStrided;
        *info = {tensor.dim(), tensor.numel(), static_cast<int64_t>(tensor.dtype().itemsize()), dense ? tensor.storage_offset() : 0,
                 static_cast<int32_t>(tensor.scalar_type()), static_cast<int32_t>(tensor.device().type()), tensor.device().index(),
                 (tensor.requires_grad() ? 1 : 0) | (tensor.is_leaf() ? 2 : 0) | (dense && tensor.is_contiguous() ? 4 : 0) | (dense ? 0 : 8)
                     | (tensor.is_conj() ? 16 : 0) | (tensor.is_neg() ? 32 : 0)};
        return 0;
    });
}

SHIM int shim_sizes(void* handle, int64_t* sizes, int64_t* strides) {
    return guarded([&] {
        auto tensor = borrow(handle);
        if (sizes) std::copy_n(tensor.sizes().data(), tensor.dim(), sizes);
        if (strides) std::copy_n(tensor.strides().data(), tensor.dim(), strides);
        return 0;
    });
}

SHIM int shim_data(void* handle, void** out) { return guarded([&] { *out = borrow(handle).data_ptr(); return 0; }); }

// ---- autograd

SHIM int shim_requires_grad(void* handle, int value) { return guarded([&] { borrow(handle).requires_grad_(value != 0); return 0; }); }
SHIM int shim_retain_grad(void* handle) { return guarded([&] { borrow(handle).retain_grad(); return 0; }); }
SHIM int shim_grad(void* handle, void** out) { return guarded([&] { *out = give(borrow(handle).grad()); return 0; }); }
SHIM int shim_set_grad(void* handle, void* grad) { return guarded([&] { borrow(handle).mutable_grad() = borrow(grad); return 0; }); }

SHIM int shim_backward(void** roots, int n, void** grads, int grad_count, int retain, int create, void** inputs, int input_count) {
    return guarded([&] {
        torch::autograd::backward(many(roots, n), many(grads, grad_count), retain < 0 ? create != 0 : retain != 0, create != 0, many(inputs, input_count));
        return 0;
    });
}

SHIM int shim_autograd_grad(void** roots, int n, void** inputs, int input_count, void** grads, int grad_count, int retain, int create, int unused, void** out) {
    return guarded([&] {
        auto found = torch::autograd::grad(many(roots, n), many(inputs, input_count), many(grads, grad_count), retain != 0, create != 0, unused != 0);
        for (int i = 0; i < input_count; i++) out[i] = give(found[i]);
        return 0;
    });
}

SHIM int shim_grad_mode() { return c10::GradMode::is_enabled(); }
SHIM void shim_set_grad_mode(int enabled) { c10::GradMode::set_enabled(enabled != 0); }
SHIM int shim_inference_mode() { return c10::InferenceMode::is_enabled(); }
SHIM void* shim_enter_inference(int enabled) { return new c10::InferenceMode(enabled != 0); }
SHIM void shim_leave_inference(void* guard) { delete static_cast<c10::InferenceMode*>(guard); }
SHIM int shim_anomaly() { return torch::autograd::AnomalyMode::is_enabled() | (torch::autograd::AnomalyMode::should_check_nan() ? 2 : 0); }
SHIM void shim_set_anomaly(int enabled, int check_nan) { torch::autograd::AnomalyMode::set_enabled(enabled != 0, check_nan != 0); }

// ---- generators and seeds

SHIM void* shim_generator(uint64_t seed) { return new at::Generator(at::detail::createCPUGenerator(seed)); }
SHIM void* shim_default_generator() { return new at::Generator(at::globalContext().defaultGenerator(c10::kCPU)); }
SHIM void shim_free_generator(void* generator) { delete static_cast<at::Generator*>(generator); }
SHIM void shim_generator_seed(void* generator, uint64_t seed) { static_cast<at::Generator*>(generator)->set_current_seed(seed); }
SHIM uint64_t shim_generator_reseed(void* generator) { return static_cast<at::Generator*>(generator)->seed(); }
SHIM uint64_t shim_generator_initial(void* generator) { return static_cast<at::Generator*>(generator)->current_seed(); }
SHIM int shim_generator_state(void* generator, void** out) { return guarded([&] { *out = give(static_cast<at::Generator*>(generator)->get_state()); return 0; }); }
SHIM int shim_set_generator_state(void* generator, void* state) { return guarded([&] { static_cast<at::Generator*>(generator)->set_state(borrow(state)); return 0; }); }
SHIM int shim_manual_seed(uint64_t seed) { return guarded([&] { at::manual_seed(seed); return 0; }); }
SHIM int shim_cuda_seed(uint64_t seed, int all) { return guarded([&] { all ? torch::cuda::manual_seed_all(seed) : torch::cuda::manual_seed(seed); return 0; }); }

// ---- threads, devices, numeric modes

SHIM int shim_threads() { return at::get_num_threads(); }
// OpenBLAS has threads of its own, which libtorch does not tell: with two of them products round otherwise than with one, and they spin where one thread was asked for.
SHIM int shim_set_threads(int n) { return guarded([&] { at::set_num_threads(n); if (openblas_set_num_threads) openblas_set_num_threads(n); return 0; }); }
SHIM int shim_interop_threads() { return at::get_num_interop_threads(); }
SHIM int shim_set_interop_threads(int n) { return guarded([&] { at::set_num_interop_threads(n); return 0; }); }
SHIM int shim_cuda_available() { return guarded([] { return torch::cuda::is_available() ? 1 : 0; }); }
SHIM int shim_cudnn_available() { return guarded([] { return torch::cuda::is_available() && torch::cuda::cudnn_is_available() ? 1 : 0; }); }
SHIM int shim_cuda_count() { return guarded([] { return static_cast<int>(torch::cuda::device_count()); }); }
SHIM int shim_cuda_synchronize(int64_t index) { return guarded([&] { torch::cuda::synchronize(index); return 0; }); }

SHIM int shim_deterministic(int value, int warn_only) {
    return guarded([&] { at::globalContext().setDeterministicAlgorithms(value != 0, warn_only != 0); return 0; });
}

// A bool before PyTorch 2.10, then one of three options.
[[maybe_unused]] static int reduced(bool allowed) { return allowed ? 1 : 0; }
template <class Option> static int reduced(Option option) { return option == Option::AllowReducedPrecisionWithSplitK ? 1 : 0; }

// which: 0 cuDNN's TF32, 1 the matrix products' TF32, 2 their reduced fp16 sums; value < 0 only reads.
SHIM int shim_numeric(int which, int value) {
    return guarded([&] {
        auto& context = at::globalContext();
        if (value >= 0 && which == 0) context.setAllowTF32CuDNN(value != 0);
        if (value >= 0 && which == 1) context.setAllowTF32CuBLAS(value != 0);
        if (value >= 0 && which == 2) context.setAllowFP16ReductionCuBLAS(value != 0);
        if (which == 2) return reduced(context.allowFP16ReductionCuBLAS());
        return (which == 0 ? context.allowTF32CuDNN() : context.allowTF32CuBLAS()) ? 1 : 0;
    });
}
