// CUDA graphs: the launches of one piece of work, captured once and handed to the GPU as one. Every function gives null, or what went wrong; the text is good until the next call
// of the same thread. Without CUDA's headers all of it is left out but the answer to whether it is here.

#define NATIVE extern "C" __attribute__((visibility("default")))

#ifndef DISTILLATION_CUDA

NATIVE const char* distillation_graph_absence() {
    return "the optional library was built without CUDA; './kd setup' builds it with, where libtorch has CUDA and CUDA_HOME names the toolkit's folder.";
}

#else

#include <ATen/cuda/CUDAGraph.h>
#include <c10/cuda/CUDAFunctions.h>
#include <c10/cuda/CUDAStream.h>

#include <exception>
#include <map>
#include <optional>
#include <string>

namespace {

thread_local std::string wrong;

template <typename Work>
const char* guarded(Work work) {
    try {
        work();
        return nullptr;
    } catch (const std::exception& e) {
        wrong = e.what();
    } catch (...) {
        wrong = "an unknown error";
    }
    return wrong.c_str();
}

// Capturing needs a stream other than the default one. One per device serves for all captures.
c10::cuda::CUDAStream aside(int device) {
    static std::map<int, c10::cuda::CUDAStream> streams;
    auto found = streams.find(device);
    if (found == streams.end()) {
        found = streams.emplace(device, c10::cuda::getStreamFromPool(false, static_cast<c10::DeviceIndex>(device))).first;
    }
    return found->second;
}

thread_local std::optional<c10::cuda::CUDAStream> before;

}  // namespace

// Why nothing can be captured here; null when it can.
NATIVE const char* distillation_graph_absence() {
    return c10::cuda::device_count() > 0 ? nullptr : "libtorch sees no NVIDIA GPU.";
}

// From here on this thread's work goes to a stream of its own, after what the device still has to do.
NATIVE const char* distillation_graph_aside(int device) {
    return guarded([&] {
        c10::cuda::device_synchronize();
        before = c10::cuda::getCurrentCUDAStream(static_cast<c10::DeviceIndex>(device));
        c10::cuda::setCurrentCUDAStream(aside(device));
    });
}

// And from here on to the stream of before.
NATIVE const char* distillation_graph_back() {
    return guarded([&] {
        if (before) {
            c10::cuda::setCurrentCUDAStream(*before);
            before.reset();
        }
        c10::cuda::device_synchronize();
    });
}

NATIVE void* distillation_graph_open() { return new at::cuda::CUDAGraph(); }

NATIVE const char* distillation_graph_begin(void* graph) {
    return guarded([&] { static_cast<at::cuda::CUDAGraph*>(graph)->capture_begin(); });
}

NATIVE const char* distillation_graph_end(void* graph) {
    return guarded([&] { static_cast<at::cuda::CUDAGraph*>(graph)->capture_end(); });
}

NATIVE const char* distillation_graph_replay(void* graph) {
    return guarded([&] { static_cast<at::cuda::CUDAGraph*>(graph)->replay(); });
}

NATIVE void distillation_graph_close(void* graph) {
    guarded([&] { delete static_cast<at::cuda::CUDAGraph*>(graph); });
}

#endif
