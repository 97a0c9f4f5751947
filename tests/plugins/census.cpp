// A pass `census`: the function `functions_seen` returns how many functions the module defines.
// LLVM's headers take long to compile: what makes another plugin of it is in variant.c.
#include "llvm/IR/Function.h"
#include "llvm/IR/IRBuilder.h"
#include "llvm/IR/Module.h"
#include "llvm/Passes/PassBuilder.h"
#if __has_include("llvm/Plugins/PassPlugin.h")
#include "llvm/Plugins/PassPlugin.h"
#else
#include "llvm/Passes/PassPlugin.h"
#endif

using namespace llvm;

// Whether the pass hooks itself into LLVM's pipeline, and how much newer the plugin says it is.
extern "C" const int census_hooked, census_newer;

namespace {

struct Census : PassInfoMixin<Census> {
    PreservedAnalyses run(Module &module, ModuleAnalysisManager &) {
        Function *asked = module.getFunction("functions_seen");
        if (!asked || asked->isDeclaration())
            return PreservedAnalyses::all();
        int seen = 0;
        for (Function &function : module)
            seen += !function.isDeclaration();
        asked->dropAllReferences();
        IRBuilder<> builder(BasicBlock::Create(module.getContext(), "", asked));
        builder.CreateRet(builder.getInt32(seen));
        return PreservedAnalyses::none();
    }
    static bool isRequired() { return true; }
};

void add(PassBuilder &builder) {
    builder.registerPipelineParsingCallback(
        [](StringRef name, ModulePassManager &passes, ArrayRef<PassBuilder::PipelineElement>) {
            if (name != "census")
                return false;
            passes.addPass(Census());
            return true;
        });
    if (census_hooked)
        builder.registerFullLinkTimeOptimizationEarlyEPCallback(
            [](ModulePassManager &passes, OptimizationLevel) { passes.addPass(Census()); });
}

}  // namespace

extern "C" PassPluginLibraryInfo llvmGetPassPluginInfo() {
    return {LLVM_PLUGIN_API_VERSION + unsigned(census_newer), "census", "1", add};
}
