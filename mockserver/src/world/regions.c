/* SPDX-License-Identifier: Apache-2.0 */
/* "Regions and Access Endpoints" of the COS documentation (product 436, document 6224). */
#include "world/regions.h"

const char *const world_regions[WORLD_REGIONS] = {
    "ap-bangkok",   "ap-beijing",   "ap-beijing-1", "ap-beijing-fsi",  "ap-chengdu",
    "ap-chongqing", "ap-guangzhou", "ap-hongkong",  "ap-jakarta",      "ap-mumbai",
    "ap-nanjing",   "ap-seoul",     "ap-shanghai",  "ap-shanghai-fsi", "ap-shenzhen-fsi",
    "ap-singapore", "ap-tokyo",     "eu-frankfurt", "na-ashburn",      "na-siliconvalley",
    "na-toronto",   "sa-saopaulo",
};
