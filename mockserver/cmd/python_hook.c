/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tencentcloud-sdk-python hands certifi.where() to requests explicitly
 * (tencentcloud/common/http/request.py ProxyConnection, 3.0 and 3.1), so neither
 * REQUESTS_CA_BUNDLE nor SSL_CERT_FILE reaches it, and the program would have to be changed.
 * Python imports sitecustomize at its start; ours makes certifi.where() answer $COSMOCK_CA,
 * when and only when certifi is imported, and then runs the sitecustomize that would have been
 * found without it. Nothing else of the program's view changes. It costs a start of Python no
 * import.
 */
#include "python_hook.h"

#include "cosbase/file.h"

static const char hook[] =
    "# Written by cosmock: certifi.where() answers $COSMOCK_CA.\n"
    "import os\n"
    "import sys\n"
    "\n"
    "\n"
    "class _CosmockCertifi:\n"
    "    @staticmethod\n"
    "    def find_spec(name, path=None, target=None):\n"
    "        if name != 'certifi':\n"
    "            return None\n"
    "        for finder in sys.meta_path:\n"
    "            if finder is _CosmockCertifi or not hasattr(finder, 'find_spec'):\n"
    "                continue\n"
    "            spec = finder.find_spec(name, path, target)\n"
    "            if spec is not None:\n"
    "                _wrap(spec.loader)\n"
    "                return spec\n"
    "        return None\n"
    "\n"
    "\n"
    "def _patch(module):\n"
    "    module.where = lambda: os.environ['COSMOCK_CA']\n"
    "\n"
    "\n"
    "def _wrap(loader):\n"
    "    run = loader.exec_module\n"
    "\n"
    "    def exec_module(module):\n"
    "        run(module)\n"
    "        _patch(module)\n"
    "\n"
    "    loader.exec_module = exec_module\n"
    "\n"
    "\n"
    "def _run_the_next_one():\n"
    "    here = os.path.dirname(os.path.abspath(__file__))\n"
    "    sys.path[:] = [p for p in sys.path if os.path.abspath(p) != here]\n"
    "    ours = sys.modules.pop('sitecustomize', None)\n"
    "    try:\n"
    "        import sitecustomize  # noqa: F401\n"
    "    except ImportError as e:\n"
    "        if getattr(e, 'name', None) != 'sitecustomize':\n"
    "            raise\n"
    "    finally:\n"
    "        sys.modules.setdefault('sitecustomize', ours)\n"
    "\n"
    "\n"
    "if os.environ.get('COSMOCK_CA'):\n"
    "    if 'certifi' in sys.modules:  # a .pth file was faster\n"
    "        _patch(sys.modules['certifi'])\n"
    "    sys.meta_path.insert(0, _CosmockCertifi)\n"
    "_run_the_next_one()\n";

int python_hook_write(const struct session *s)
{
    char dir[SESSION_PATH_MAX + 16];
    (void)snprintf(dir, sizeof(dir), "%s/python", s->dir);
    char path[sizeof(dir) + 24];
    (void)snprintf(path, sizeof(path), "%s/sitecustomize.py", dir);
    int r = cos_dir_make(dir, 0700);
    r = r != 0 ? r : cos_file_write(path, COS_SPAN_LIT(hook), 0600);
    if (r != 0) {
        (void)fprintf(stderr, "cosmock %s: cannot write into %s: %s\n", s->verb, dir,
                      strerror(-r));
        return EXIT_FAILURE;
    }
    return 0;
}
